import { show } from '../../kernel/check.ts'
import { systemClock, type Clock } from '../../kernel/clock.ts'
import { milliseconds, type Duration } from '../../kernel/duration.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { Run } from '../../kernel/run.ts'

/** How {@link drainAll} ends what runs. */
export interface DrainAllOptions {
  /** The time for all of it; a run that has not drained by then is cancelled. Default: as long as it takes. */
  within?: Duration
  /** Where that time comes from; default the runtime's clock. */
  clock?: Clock
}

/**
 * Drains the runs of an application, stage by stage: first those that take work in, last those that the others write
 * to. A stage is one run, or several that drain side by side; the next one begins when it is over. The deadline is
 * common to all: stages that are left when it has passed are cancelled in the same order.
 *
 * Resolves when everything has drained. Rejects with `FOREBAY_DRAIN_TIMEOUT` once everything is over, when runs had to be
 * cancelled or have failed: the message names them, `cause` is an `AggregateError` with the error of each.
 */
export async function drainAll(
  stages: readonly (Run | readonly Run[])[],
  options: DrainAllOptions = {},
): Promise<void> {
  const { clock = systemClock } = options
  const deadline = options.within === undefined ? Infinity : clock.now() + milliseconds('within', options.within)
  const rows = stages.map((stage) => (Array.isArray(stage) ? stage : [stage]) as readonly Run[])
  for (const run of rows.flat()) {
    if (typeof (run as Partial<Run> | null)?.drain !== 'function') {
      throw new TypeError(`drainAll: expected runs, got ${show(run)}`)
    }
  }
  const failed: { readonly name: string; readonly error: unknown }[] = []
  const drain = async (run: Run): Promise<void> => {
    const left = deadline - clock.now()
    await run.drain(left === Infinity ? {} : { within: Math.max(0, left) })
    await run.done.catch((error: unknown) => void failed.push({ name: run.name, error }))
  }
  for (const row of rows) await Promise.all(row.map(drain))
  if (failed.length === 0) return
  throw new ForebayError(
    'FOREBAY_DRAIN_TIMEOUT',
    `drainAll: ${failed.map(({ name }) => name).join(', ')} did not drain`,
    { cause: new AggregateError(failed.map(({ error }) => error)) },
  )
}
