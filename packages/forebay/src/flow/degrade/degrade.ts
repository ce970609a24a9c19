import { checkFunction, checkNumber } from '../../kernel/check.ts'
import { milliseconds, type Duration } from '../../kernel/duration.ts'
import type { Flow } from '../flow.ts'
import { junction } from '../junction.ts'
import type { RungChange } from '../../kernel/rung-change.ts'
import { Degrade } from './degrading.ts'
import { pressureReader, type Pressure } from './pressure.ts'
import { checkRungs, type Rung } from './rung.ts'

/** What a flow does less of when there is too much, and when. */
export interface DegradeOptions<T, U> {
  /** From the best to the cheapest, 2 to 16. A run begins with the first. */
  readonly levels: readonly Rung<T, U>[]
  /** Mean pressure over a `hold` from which it goes one down; default 0.8. */
  readonly down?: number
  /** Mean pressure over a `hold` up to which it goes one up; below `down`, default 0.3. */
  readonly up?: number
  /** Time over which pressure is averaged, and the least time between two changes; default 1 s. */
  readonly hold?: Duration
  /** Default `downstream`: the share of time in which an item is ready and downstream takes none. */
  readonly pressure?: Pressure
  readonly onChange?: (change: RungChange) => void
  readonly name?: string
}

/**
 * Handles items in a cheaper way while there is too much pressure, and in the best way again when it is over: a ladder of
 * rungs, each a function for all items or for one in n, a summary of several, or the last known result. It goes one rung
 * at a time and never twice in a `hold`; a better rung that does not bear the load is tried again after twice the time,
 * up to 32 holds. The rung and the number of changes are in the snapshot of its stage.
 *
 * Emits: when the rung has a result. Backpressures: when a result waits that downstream has not taken. Completes: when
 * upstream has and nothing is held. Cancels: when downstream cancels. Loses: items that a cheaper rung leaves out, with
 * the reason `degraded`.
 *
 * @example
 * const ladder = degrade<Tick, Quote>({
 *   levels: [
 *     { name: 'full', fn: quote },
 *     { name: 'sampled', fn: quote, every: 10 },
 *     { name: 'cached', key: (tick) => tick.symbol },
 *   ],
 *   hold: '2s',
 * })
 * flow(ticks).via(ladder).to(send)
 */
export function degrade<T, U = T>(options: DegradeOptions<T, U>): (flow: Flow<T>) => Flow<U> {
  const levels = checkRungs(options.levels)
  const down = checkNumber('down', options.down ?? 0.8, 0, 1)
  const up = checkNumber('up', options.up ?? Math.min(0.3, down / 2), 0, 1)
  if (up >= down) throw new RangeError(`up: expected less than down (${down}), got ${up}`)
  const holdMs = milliseconds('hold', options.hold ?? 1000)
  if (holdMs <= 0) throw new RangeError(`hold: expected a time above 0 ms, got ${holdMs}`)
  if (options.onChange !== undefined) checkFunction('onChange', options.onChange)
  const read = pressureReader(options.pressure ?? 'downstream')
  const largest = Math.max(1, ...levels.map((level) => ('summary' in level ? level.window : 1)))
  const rules = { rungs: levels.length, down, up }
  return junction<T, U>(
    'degrade',
    {
      ...(options.name !== undefined && { name: options.name }),
      cardinality: 'join',
      bound: largest + 2,
      loses: 'items that a cheaper rung leaves out',
    },
    (env, stage) => new Degrade<T, U>({ levels, rules, holdMs, read, onChange: options.onChange }, env, stage),
  )
}
