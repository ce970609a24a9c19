import type { CastInspection } from './cast.ts'

/** What the console shows beside the flow; the shape that it asks for. */
export interface Pane {
  readonly title: string
  readonly state: 'alive' | 'dead'
  readonly heapMb: number
  readonly limitMb: number
  readonly error?: string
  readonly sentence: string
}

/** The twin as a pane: its memory climbs while ours stays flat. */
export function panes({ twin }: Pick<CastInspection, 'twin'>): Pane[] {
  if (twin === undefined) return []
  const { heapMb, limitMb, held, error } = twin
  const isDead = twin.state === 'dead'
  const count = held.toLocaleString('en-US')
  return [
    {
      title: 'The twin: the same flood into an array',
      state: isDead ? 'dead' : 'alive',
      heapMb,
      limitMb,
      ...(error !== undefined && { error }),
      sentence: isDead
        ? `It died with ${error} holding ${count} flights that nobody will ever see.`
        : `It holds ${count} flights and nothing tells it to stop.`,
    },
  ]
}
