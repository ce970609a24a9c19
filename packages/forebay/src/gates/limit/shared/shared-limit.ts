import { checkInteger, checkOneOf } from '../../../kernel/check.ts'
import { systemClock } from '../../../kernel/clock.ts'
import type { Clock } from '../../../kernel/clock.ts'
import { milliseconds } from '../../../kernel/duration.ts'
import type { Duration } from '../../../kernel/duration.ts'
import type { Gate } from '../../../kernel/gate.ts'
import { systemRandom } from '../../../kernel/random.ts'
import type { Random } from '../../../kernel/random.ts'
import { workLine } from '../../line/line-options.ts'
import type { LineOptions } from '../../line/line-options.ts'
import { PartGate } from '../../part-gate.ts'
import type { AwayOptions } from '../../rate/shared/shared-rate.ts'
import type { SharedLimitStats } from './shared-limit-stats.ts'
import { SharedLimitPart } from './shared-limit-part.ts'
import type { SlotStore } from './slot-store.ts'

/** What a shared limit can be told while it runs. */
export interface SharedLimitSettings {
  /** Cost that may be in use at once in all processes together. */
  limit?: number
  /** As of `limit`. */
  line?: number | LineOptions
}

export interface SharedLimitOptions extends Omit<SharedLimitSettings, 'limit'> {
  store: SlotStore
  /** As of `sharedRate`; the share of a process is a whole number, at least 1. */
  away?: AwayOptions
  /**
   * How long the slots of a process that says nothing any more stay taken; default 10 s. It says something every third of
   * that. Work that goes on for longer than this after its process has lost the store is not counted elsewhere.
   */
  lease?: Duration
  /** How often the store is asked again while somebody waits and all is taken; default 50 ms. */
  poll?: Duration
  /** How long slots that nobody here uses stay here, in case somebody comes; default 50 ms. */
  keep?: Duration
  /** The name in the store, and in sheds and inspections; default `'limit'`. Processes share what has one name. */
  name?: string
  clock?: Clock
  random?: Random
}

/**
 * A limit that several processes keep together: at most `limit` of cost is in use in all of them.
 *
 * Each process leases slots from the store, as many as its callers need, and says while it lives that it still holds
 * them; one that dies loses them after `lease`. A slot that is freed goes to the next who waits here without asking
 * anybody. Who waits while others hold everything is found again by asking every `poll`, so processes are served in no
 * order. It asks instead of being told, for a message can be lost and it would have to ask all the same, and to hear one a
 * process needs a connection of its own to the store; asking costs 20 short calls a second, and only while somebody waits
 * and nothing is free. `tryAcquire` gives only slots that are leased already.
 * Throws `RangeError` for options out of range.
 */
export function sharedLimit(
  limit: number,
  options: SharedLimitOptions,
): Gate & { readonly shared: SharedLimitStats; set(settings: SharedLimitSettings): void } {
  const { clock = systemClock, random = systemRandom, away = {}, name = 'limit' } = options
  const leaseMs = milliseconds('lease', options.lease ?? '10s')
  if (leaseMs < 100) throw new RangeError(`lease: expected at least 100 ms, got ${leaseMs}`)
  const part = new SharedLimitPart(
    checkInteger('limit', limit, 1),
    {
      store: options.store,
      name,
      owner: Array.from({ length: 4 }, () => Math.floor(random.next() * 2 ** 30).toString(36)).join('-'),
      leaseMs,
      pollMs: milliseconds('poll', options.poll ?? 50),
      keepMs: milliseconds('keep', options.keep ?? 50),
      fallback: checkOneOf('away.fallback', away.fallback ?? 'local', ['local', 'open', 'closed']),
      instances: checkInteger('away.instances', away.instances ?? 1, 1),
      timeoutMs: milliseconds('away.timeout', away.timeout ?? 250),
      retryMs: milliseconds('away.retryEvery', away.retryEvery ?? '1s'),
      onAway: away.onAway,
      random,
    },
    clock,
  )
  return Object.assign(new PartGate(part, clock, options.line, () => workLine(part.limit)), { shared: part.shared })
}
