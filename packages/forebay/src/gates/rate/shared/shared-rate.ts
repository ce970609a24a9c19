import { checkInteger, checkNumber, checkOneOf } from '../../../kernel/check.ts'
import { systemClock } from '../../../kernel/clock.ts'
import type { Clock } from '../../../kernel/clock.ts'
import { milliseconds } from '../../../kernel/duration.ts'
import type { Duration } from '../../../kernel/duration.ts'
import type { Gate } from '../../../kernel/gate.ts'
import type { Rate } from '../../../kernel/rate.ts'
import { paceLine, workLine } from '../../line/line-options.ts'
import type { LineOptions } from '../../line/line-options.ts'
import { PartGate } from '../../part-gate.ts'
import { burstOf } from '../rate-algorithm.ts'
import { specOf } from '../rate-spec.ts'
import type { RateStore, StoredAlgorithm, StoredRate } from './rate-store.ts'
import { SharedRatePart } from './shared-rate-part.ts'
import type { SharedRateStats } from './shared-rate-stats.ts'

/** What a shared rate can be told while it runs. */
export interface SharedRateSettings {
  /** Permits in every `per` of all processes together, or a rate of its own such as `'50/s'`. */
  limit?: number | Rate
  /** Default 1 s, or what the limit names. */
  per?: Duration
  /** Permits that may go at once after a pause; default a tenth of a second's worth. Only `'gcra'` and `'token-bucket'` have one. */
  burst?: number
  /** As of `rate`. */
  line?: number | LineOptions
}

/** How a shared rate goes on while its store is away. */
export interface AwayOptions {
  /**
   * `'local'` (default): each process by itself keeps `limit / instances`. `'open'`: everything may start. `'closed'`:
   * nothing may, callers wait as long as the line holds them and are then refused.
   */
  fallback?: 'local' | 'open' | 'closed'
  /** Processes that share the rate, for their share of it; default 1. Too few let all of them together exceed it. */
  instances?: number
  /** An answer that takes longer counts as none; default 250 ms. */
  timeout?: Duration
  /** How long the store is then left alone before it is asked again; default 1 s. */
  retryEvery?: Duration
  /** Told once when the store goes away, and with nothing when it is back. What it throws is ignored. */
  onAway?: (error: unknown) => void
}

export interface SharedRateOptions extends SharedRateSettings {
  limit: number | Rate
  store: RateStore
  /** How the store counts; default `'gcra'`. */
  algorithm?: StoredAlgorithm
  /** True gives every `ask.key` a rate of its own; default false, one for all. */
  keyed?: boolean
  away?: AwayOptions
  /** The most that is asked for in one round trip; default 100. */
  batch?: number
  /** How long permits that were granted to nobody any more stay here before they are given back; default 50 ms. */
  keep?: Duration
  /** The name in the store, and in sheds and inspections; default `'rate'`. Processes share what has one name. */
  name?: string
  clock?: Clock
}

/**
 * A rate that several processes keep together, decided by a store such as Redis and by the store's time alone.
 *
 * It is asked for exactly those who wait here: one round trip decides for a whole line, and nothing is asked while
 * nobody waits, or before the store said that there would be more. So `tryAcquire`, which cannot wait for an answer,
 * gives only what is granted and not used yet: use `acquire`, or `onCredit`. In `all([...])` it is asked last, so that
 * no permit is taken for work that then waits for a limit.
 *
 * Permits begin a round trip after they were counted, as any answer does, and at most `keep` later. While the store is
 * away it goes on as `away` says; whenever it goes or comes back, all together may exceed the limit by one burst, or
 * one window's worth, since neither side knows what the other has let in.
 * Throws `RangeError` for options out of range.
 */
export function sharedRate(
  options: SharedRateOptions,
): Gate & { readonly shared: SharedRateStats; set(settings: SharedRateSettings): void } {
  const { clock = systemClock, away = {}, algorithm = 'gcra', keyed = false } = options
  checkOneOf('algorithm', algorithm, ['gcra', 'token-bucket', 'fixed-window', 'sliding-window'])
  const part = new SharedRatePart(
    {
      store: options.store,
      name: options.name ?? 'rate',
      keyed,
      batch: checkInteger('batch', options.batch ?? 100, 1),
      keepMs: milliseconds('keep', options.keep ?? 50),
      fallback: checkOneOf('away.fallback', away.fallback ?? 'local', ['local', 'open', 'closed']),
      instances: checkInteger('away.instances', away.instances ?? 1, 1),
      timeoutMs: milliseconds('away.timeout', away.timeout ?? 250),
      retryMs: milliseconds('away.retryEvery', away.retryEvery ?? '1s'),
      onAway: away.onAway,
    },
    (settings) => storedRate(algorithm, { ...settings }),
    options,
    clock,
  )
  const gate = new PartGate(part, clock, options.line, () => (keyed ? workLine(500) : paceLine))
  return Object.assign(gate, { shared: part.shared })
}

function storedRate(
  algorithm: StoredAlgorithm,
  settings: Pick<SharedRateSettings, 'limit' | 'per' | 'burst'> & { limit: number | Rate },
): StoredRate {
  const spec = specOf(settings)
  const hasBurst = algorithm === 'gcra' || algorithm === 'token-bucket'
  if (!hasBurst && spec.burst !== undefined) {
    throw new RangeError(`burst: expected none for ${algorithm}, which has no burst of its own, got ${spec.burst}`)
  }
  checkNumber('per', spec.per, 1, 366 * 86_400_000)
  return { algorithm, limit: spec.limit, perMs: spec.per, burst: hasBurst ? burstOf(spec) : spec.limit }
}
