import type { EdgeSnapshot, Snapshot } from '../kernel/snapshot.ts'

/**
 * Who waits on whom, one line for each way from an end of the flow up to a source, in few words:
 *
 *   sink ⇐ buffer(full 10/10) ⇐ source
 *
 * An edge that holds items says how many, and `full` when no more fit.
 */
export function waitsOf({ stages, edges }: Snapshot): string[] {
  const names = new Map(stages.map(({ id, name }) => [id, name]))
  const into = (id: string): EdgeSnapshot[] => edges.filter(({ to }) => to === id)
  const above = (id: string, path: ReadonlySet<string>): string[] => {
    const ways = into(id).filter(({ from }) => !path.has(from))
    if (ways.length === 0) return [names.get(id) ?? 'outside']
    return ways.flatMap((edge) =>
      above(edge.from, new Set([...path, edge.from])).map((rest) =>
        [names.get(id) ?? 'outside', ...shown(edge), rest].join(' ⇐ '),
      ),
    )
  }
  const ends = stages.filter(({ id }) => into(id).length > 0 && edges.every(({ from }) => from !== id))
  return ends.flatMap(({ id }) => above(id, new Set([id])))
}

function shown({ name, length, capacity }: EdgeSnapshot): string[] {
  if (capacity === 0) return []
  const level = length >= capacity ? `full ${length}/${capacity}` : `${length}/${capacity}`
  return [`${name.replace(/\(\d+\)$/, '')}(${level})`]
}
