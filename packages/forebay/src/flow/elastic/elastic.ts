import { checkFunction, checkInteger, checkNumber } from '../../kernel/check.ts'
import { milliseconds, type Duration } from '../../kernel/duration.ts'
import type { ScaleTarget } from '../../kernel/scale/scale-advice.ts'
import type { ScaleLimits } from '../../kernel/scale/scale-steps.ts'

export interface ElasticOptions {
  /** Workers there are at least, and at first; default 1. */
  min?: number
  /** Workers there are at most. */
  max: number
  /** How long the oldest item may wait in the queues above; default 1 s. */
  target?: Duration
  /** Share of their time that workers should work; default 0.75. */
  use?: number
  /** How often it is looked at; default 1 s. */
  every?: Duration
  /** At most so many times as many workers, or as few, at a time; default 2. */
  step?: number
  /** How long fewer workers must be enough before there are fewer, and how long what did not help is not tried again; default 30 s. */
  cooldown?: Duration
  /** Told each change, and each new reason why there is none. */
  onChange?: (change: ElasticChange) => void
}

/** What has become of a number of workers. */
export interface ElasticChange {
  readonly stage: string
  readonly from: number
  readonly to: number
  /** Why; it begins with `0 more would help` where something else is the limit. */
  readonly reason: string
}

/** A number of workers that follows the load; made by {@link elastic}. */
export interface Elastic {
  readonly min: number
  readonly max: number
  readonly target: ScaleTarget
  readonly limits: ScaleLimits
  readonly everyMs: number
  readonly onChange: ((change: ElasticChange) => void) | undefined
}

/**
 * A number of workers that follows the load: as many as keep the age of the oldest waiting item below `target` and each
 * worker at work for about `use` of its time. It grows at once, by `step` at most, and shrinks after `cooldown`. It does
 * not grow when that would not help: when the verdict names another stage, a gate or the event loop as the limit, or
 * when the last workers that came got nothing more done; `onChange` and the snapshot say so.
 *
 * Throws `RangeError` for options out of range.
 */
export function elastic(options: ElasticOptions): Elastic {
  const { min = 1, max, target = '1s', use = 0.75, every = '1s', step = 2, cooldown = '30s', onChange } = options
  checkInteger('min', min, 1, 1024)
  checkInteger('max', max, min, 1024)
  const everyMs = checkNumber('every', milliseconds('every', every), 10, 3_600_000)
  return {
    min,
    max,
    everyMs,
    target: {
      use: checkNumber('use', use, 0.05, 1),
      ageMs: checkNumber('target', milliseconds('target', target), 1, 86_400_000),
    },
    limits: {
      min,
      max,
      step: checkNumber('step', step, 1.1, 100),
      cooldownMs: checkNumber('cooldown', milliseconds('cooldown', cooldown), 0, 86_400_000),
      settleMs: 2 * everyMs,
    },
    onChange: onChange === undefined ? undefined : checkFunction('onChange', onChange),
  }
}
