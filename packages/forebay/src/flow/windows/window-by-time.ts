import { checkFunction, checkInteger, checkOneOf, show } from '../../kernel/check.ts'
import { milliseconds, type Duration } from '../../kernel/duration.ts'
import type { Flow } from '../flow.ts'
import { junction } from '../junction.ts'
import { EventWindows, type WindowOverflow, type WindowRules } from './event-windows.ts'

/** The items whose timestamps are from `start` on and before `end`, in order of arrival. */
export interface TimeWindow<T> {
  /** In the unit of the timestamps, ms. */
  readonly start: number
  readonly end: number
  readonly items: readonly T[]
}

/** How {@link windowByTime} cuts time, and what it does with items that are late or too many. */
export interface WindowByTimeOptions<T> {
  /** How long a window is. Windows begin at whole multiples of `slide`, counted from time 0. */
  size: Duration
  /** From the start of one window to that of the next; default `size`, so that they do not overlap. At most `size`. */
  slide?: Duration
  /** When an item happened, ms; a finite number. */
  timestamp: (item: T) => number
  /** How much older than the newest an item may be without being late; default 0. */
  lateness?: Duration
  /** Windows that may be open at once. */
  maxOpen: number
  /** Items in all open windows together, those in several of them counted as often. Default 65,536. */
  items?: number
  /**
   * What happens when an item would open one window or one place too many: `close-oldest` hands the oldest window on
   * early, so that its other items are late; `drop-newest` drops the arriving item; `fail` fails the flow with
   * `FOREBAY_OVERFLOW`. Default `close-oldest`.
   */
  overflow?: WindowOverflow
  /** Told each item that is late for all its windows, before it is dropped; an error fails the flow. */
  onLate?: (item: T) => void
  name?: string
}

/**
 * Windows over the time that items carry, tumbling or sliding, for input that is not quite in order. A window ends when an
 * item has come that is `lateness` younger than its end: time is what the newest timestamp says, so one far in the future
 * ends everything before it, and where nothing comes nothing ends. Windows without items are not made. When upstream
 * ends or fails, the open windows come first.
 *
 * Emits: when a window has ended, the oldest first. Backpressures: when a window that has ended waits for downstream.
 * Completes: when upstream has and nothing is held. Cancels: when downstream cancels. Loses: items that come after the
 * end of all their windows, counted as `late`; with `overflow: 'drop-newest'` those that find no room, counted as that.
 *
 * @example
 * flow(measurements).via(windowByTime({ size: '1m', timestamp: (m) => m.at, lateness: '5s', maxOpen: 10 }))
 */
export function windowByTime<T>(options: WindowByTimeOptions<T>): (flow: Flow<T>) => Flow<TimeWindow<T>> {
  const { size, slide = size, timestamp, lateness = 0, maxOpen, onLate, name } = options
  const sizeMs = positive('size', milliseconds('size', size))
  const slideMs = positive('slide', milliseconds('slide', slide))
  if (slideMs > sizeMs) throw new RangeError(`slide: expected at most size, ${sizeMs} ms, got ${slideMs} ms`)
  const overlap = Math.ceil(sizeMs / slideMs)
  const { overflow = 'close-oldest', items = 65_536 } = options
  const rules: WindowRules<T> = {
    sizeMs,
    slideMs,
    overlap,
    latenessMs: milliseconds('lateness', lateness),
    timestamp: checkFunction('timestamp', timestamp),
    maxOpen: checkInteger('maxOpen', maxOpen, overlap),
    items: checkInteger('items', items, overlap),
    overflow: checkOneOf('overflow', overflow, ['close-oldest', 'drop-newest', 'fail']),
    onLate: onLate === undefined ? undefined : checkFunction('onLate', onLate),
  }
  const dropped = overflow === 'drop-newest' ? ', and those that find no room' : ''
  return junction<T, TimeWindow<T>>(
    'windowByTime',
    {
      ...(name !== undefined && { name }),
      // An item of several windows is a part of each.
      cardinality: overlap > 1 ? 'many' : 'join',
      bound: rules.items,
      loses: `items that come too late${dropped}`,
    },
    (env, stage) => new EventWindows<T>(rules, env, stage),
  )
}

function positive(option: string, ms: number): number {
  if (ms > 0) return ms
  throw new RangeError(`${option}: expected more than 0 ms, got ${show(ms)}`)
}
