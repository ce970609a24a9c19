import { checkNumber } from '../../kernel/check.ts'
import { positiveMilliseconds } from '../../kernel/duration.ts'
import type { Duration } from '../../kernel/duration.ts'
import { perSecond } from '../../kernel/rate.ts'
import type { Rate } from '../../kernel/rate.ts'
import type { RateSpec } from './rate-algorithm.ts'

/** What a rate is made of. */
interface RateParts {
  limit: number | Rate
  per?: Duration
  burst?: number
}

/** A rate that has a unit of its own (`'50/s'`) is over that; what `per` beside it would mean is unclear: refused. */
export function specOf({ limit, per, burst }: RateParts): RateSpec {
  if (typeof limit === 'string' && per !== undefined) {
    throw new RangeError(`per: expected none beside a limit that has its own, '${limit}', got ${per}`)
  }
  const perMs = positiveMilliseconds(
    'per',
    per ?? (String(limit).endsWith('/h') ? '1h' : String(limit).includes('/m') ? '1m' : 1000),
  )
  const count = perSecond('limit', limit)
  return {
    limit: typeof limit === 'string' ? (count * perMs) / 1000 : count,
    per: perMs,
    burst: burst === undefined ? undefined : checkNumber('burst', burst, 1, 0x3fffffff),
  }
}

/** `settings` with what `change` names of a rate. */
export function withRate<T extends Partial<RateParts>>(settings: T, { limit, per, burst }: Partial<RateParts>): T {
  return {
    ...settings,
    ...(limit !== undefined && { limit }),
    ...(per !== undefined && { per }),
    ...(burst !== undefined && { burst }),
  }
}
