import { load, type Figures, type LoadPlan, type LoadResult } from '@forebay/cli/load'
import type { DoorName } from './doors.ts'
import { startServer, type ServerReport } from './start-server.ts'
import type { Texts } from './texts.ts'

export type Kind = 'interactive' | 'batch'

/** What became of a spike behind one door. */
export interface Spike {
  readonly door: DoorName
  readonly interactive: LoadResult
  readonly batch: LoadResult
  readonly server: ServerReport
}

/**
 * In calm times the model is asked for so much of what it can do, in the spike for ten times as much: two and a half
 * times what it can do. On a machine that is busy with other things it can do less.
 */
const CALM = 0.25
const TIMES = 10
/** Of those who sit and wait, and of jobs. */
const PATIENCE = { interactive: '1s', batch: '2s' } as const

/** How long each phase takes, seconds. */
export const SECONDS: Readonly<Record<'calm' | 'spike' | 'after', number>> = { calm: 3, spike: 5, after: 3 }

/** Plays calm, a spike, and calm again, over real HTTP. `rate` is that of each kind when it is calm, a second. */
export async function playSpike(door: DoorName, texts: Texts, rate: number): Promise<Spike> {
  const server = await startServer(door)
  try {
    const [interactive, batch] = await Promise.all([
      load(planOf('interactive', server.url, texts.paragraphs, rate)).done,
      load(planOf('batch', server.url, texts.pages, rate)).done,
    ])
    return { door, interactive, batch, server: await server.report() }
  } finally {
    await server.stop()
  }
}

/** Requests of each kind a second when it is calm, as many paragraphs as pages, when a page is so much work. */
export function calmRate({ paragraphs, pages }: Texts, pageMs: number): number {
  return (CALM * 1000) / (pageMs * (1 + meanLength(paragraphs) / meanLength(pages)))
}

function meanLength(texts: readonly string[]): number {
  return texts.reduce((sum, { length }) => sum + length, 0) / texts.length
}

/** One kind of requests; both are loaded at the same time, each by a client of its own. */
export function planOf(kind: Kind, url: string, texts: readonly string[], rate: number): LoadPlan {
  return {
    url,
    deadline: PATIENCE[kind],
    connections: 2000,
    levels: { [kind === 'interactive' ? 0 : 3]: 1 },
    requests: texts.map((body) => ({ body })),
    warmUp: '1s',
    phases: [
      { name: 'calm', for: `${SECONDS.calm}s`, rate },
      { name: 'spike', for: `${SECONDS.spike}s`, rate: TIMES * rate },
      { name: 'after', for: `${SECONDS.after}s`, rate },
    ],
  }
}

/** The figures of one kind of requests in one phase. */
export function inPhase(spike: Spike, phase: 'calm' | 'spike' | 'after', kind: Kind): Figures {
  return spike[kind].phases.find(({ name }) => name === phase) as Figures
}
