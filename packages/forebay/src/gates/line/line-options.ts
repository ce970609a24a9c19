import { checkInteger, checkNumber, checkOneOf } from '../../kernel/check.ts'
import { milliseconds } from '../../kernel/duration.ts'
import type { Duration } from '../../kernel/duration.ts'
import type { QueueChoice } from './shuffled.ts'

/** How callers wait in front of a gate, and who goes when too many do. */
export interface LineOptions {
  /** Callers that may wait at once; 0 refuses instead of waiting. */
  max?: number
  /** How long each may wait: one bound, or one for each level 0–3; a shorter list repeats its last. */
  hold?: Duration | readonly Duration[]
  /**
   * Who goes next among the waiters of one key. `adaptive`: first in first out, turning last in first out
   * once the level has not been empty for `standing`, when those in front are as good as lost. Callers that wait for as
   * long as it takes (`hold: Infinity`), as stages of a flow do, are not and keep their turn.
   */
  order?: LineOrder
  /** Default 100 ms. */
  standing?: Duration
  /** Whether keys take turns by cost (deficit round robin); default true. `shuffled()` where thousands of keys wait at once. */
  fair?: boolean | QueueChoice
  /** Share of the work (0–1) that each level gets even while more important ones wait; default none. */
  floor?: readonly number[]
  /**
   * What happens when `max` wait. `drop-lowest` (push-out): the oldest waiter of the key that waits with
   * the most cost at the least important level makes room, or the arriving one if it is the least important.
   * `reject`: the arriving one is refused.
   */
  overflow?: 'drop-lowest' | 'reject'
}

export type LineOrder = 'adaptive' | 'fifo' | 'lifo'

type PerLevel = readonly [number, number, number, number]

/** {@link LineOptions} with everything filled in; times in ms. */
export interface LineRules {
  readonly max: number
  readonly hold: PerLevel
  readonly order: LineOrder
  readonly standing: number
  readonly fair: boolean | QueueChoice
  readonly floor: PerLevel
  readonly overflow: 'drop-lowest' | 'reject'
}

/** `options` over `defaults`; a number is a line bounded by count alone, in which nobody is pushed out. */
export function lineRules(options: number | LineOptions | undefined, defaults: LineRules): LineRules {
  if (options === undefined) return defaults
  if (typeof options === 'number') {
    const hold = [Infinity, Infinity, Infinity, Infinity] as const
    return { ...defaults, max: checkInteger('line', options, 0), hold, order: 'fifo', overflow: 'reject' }
  }
  const { max = defaults.max, hold = defaults.hold, order = defaults.order, standing = defaults.standing } = options
  const { fair = defaults.fair, floor = defaults.floor, overflow = defaults.overflow } = options
  const rules: LineRules = {
    max: checkInteger('line.max', max, 0),
    hold: holds(hold),
    order: checkOneOf('line.order', order, ['adaptive', 'fifo', 'lifo']),
    standing: milliseconds('line.standing', standing),
    fair,
    floor: perLevel('line.floor', floor, 0, share),
    overflow: checkOneOf('line.overflow', overflow, ['drop-lowest', 'reject']),
  }
  const shares = rules.floor.reduce((sum, share) => sum + share, 0)
  if (shares > 1) throw new RangeError(`line.floor: expected shares that sum to 1 at most, got ${shares}`)
  return rules
}

function holds(hold: Duration | readonly Duration[]): PerLevel {
  const list: readonly Duration[] = typeof hold === 'object' ? hold : [hold]
  return perLevel('line.hold', list, list.at(-1), holdOf)
}

function share(value: number): number {
  return checkNumber('line.floor', value, 0, 1)
}

function holdOf(hold: Duration): number {
  return hold === Infinity ? Infinity : milliseconds('line.hold', hold)
}

function perLevel<T>(option: string, list: readonly T[], rest: T | undefined, read: (value: T) => number): PerLevel {
  if (rest === undefined || list.length > 4) {
    throw new RangeError(`${option}: expected at most one value for each level 0–3, got ${list.length}`)
  }
  const at = (level: number): number => read(list[level] ?? rest)
  return [at(0), at(1), at(2), at(3)]
}

/** Seconds are for callers that only pace themselves: a rate serves its line at a known speed. */
export const paceLine: LineRules = {
  max: 1000,
  hold: [60_000, 60_000, 60_000, 60_000],
  order: 'fifo',
  standing: 100,
  fair: true,
  floor: [0, 0, 0, 0],
  overflow: 'reject',
}

/**
 * Bounds by time for work whose length is unknown. The figures (100 ms to call a line standing, 400, 100 and
 * 50 ms of holding by level) come from our overload simulation; the idea from Facebook's adaptive LIFO and
 * controlled delay (Ben Maurer, "Fail at Scale", ACM Queue 13(8), 2015), after CoDel (Nichols and Jacobson, RFC 8289).
 */
export function workLine(limit: number): LineRules {
  return {
    ...paceLine,
    max: Math.min(10_000, Math.max(200, 2 * limit)),
    hold: [400, 100, 50, 50],
    order: 'adaptive',
    overflow: 'drop-lowest',
  }
}

const noLine: LineRules = { ...paceLine, max: 0 }

/** No line at all: who cannot start at once is refused. */
export function neverWaits(): LineRules {
  return noLine
}
