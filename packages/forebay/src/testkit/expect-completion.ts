import { ForebayError } from '../kernel/errors.ts'
import { systemClock, type Clock } from '../kernel/clock.ts'
import { milliseconds, type Duration } from '../kernel/duration.ts'
import type { Run } from '../kernel/run.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import { stallReport, type StallReport } from '../kernel/waits/stall-report.ts'
import { waitGraph } from './wait-graph.ts'

/** How long a run may take; see {@link expectCompletion}. */
export interface CompletionOptions {
  /** Default 5 s. */
  within?: Duration
  /** Default: the runtime's. In a `world` no time limit is needed: it fails by itself when nothing can happen any more. */
  clock?: Clock
}

const MOST_LOOKS = 50
/** Pictures in a row in which the same ring has not moved: more than a pause of the process between two of them. */
const SAME = 3

/**
 * The result of a run that must end soon, in real time. It rejects with what failed the run; with `FOREBAY_DEADLOCK` as
 * soon as stages wait for each other in a ring; and after `within` with `FOREBAY_STALL`, which names the stage that all
 * others wait for, its reason, since when, and where it was written. The run is then cancelled.
 *
 * @example
 * const rows = await expectCompletion(program.run(), { within: '2s' })
 */
export async function expectCompletion<R>(
  run: Pick<Run<R>, 'done' | 'inspect' | 'cancel'>,
  options: CompletionOptions = {},
): Promise<R> {
  const { within = 5000, clock = systemClock } = options
  const withinMs = milliseconds('within', within)
  const ends = clock.now() + withinMs
  return new Promise<R>((resolve, reject) => {
    let stop: (() => void) | undefined
    let same = 0
    let last = ''
    const look = (): void => {
      const snapshot = run.inspect()
      const report = stallReport(snapshot)
      const picture = report?.code === 'FOREBAY_DEADLOCK' ? moves(snapshot) : ''
      same = picture !== '' && picture === last ? same + 1 : 0
      last = picture
      if (same < SAME && clock.now() < ends) return wait()
      run.cancel('it did not complete')
      reject(stalled(snapshot, report, withinMs))
    }
    const wait = (): void => {
      stop = clock.after(Math.max(1, withinMs / MOST_LOOKS), look)
    }
    const over = (): void => stop?.()
    wait()
    run.done.then(
      (result) => {
        over()
        resolve(result)
      },
      (error: unknown) => {
        over()
        reject(error as Error)
      },
    )
  })
}

/** Everything that has moved so far. */
function moves({ stages, edges }: Snapshot): string {
  return [
    ...stages.map((stage) => `${stage.in} ${stage.emitted} ${stage.settled}`),
    ...edges.map(({ put, taken }) => `${put} ${taken}`),
  ].join(' ')
}

function stalled(snapshot: Snapshot, report: StallReport | undefined, withinMs: number): ForebayError {
  const code = report?.code ?? 'FOREBAY_STALL'
  const why = code === 'FOREBAY_DEADLOCK' ? 'cannot complete' : `did not complete within ${withinMs} ms`
  const sentences = report?.sentences.slice(0, 4).map((sentence) => `  ${sentence}`) ?? []
  return new ForebayError(code, [`${snapshot.flow} ${why}`, ...sentences, waitGraph(snapshot)].join('\n'))
}
