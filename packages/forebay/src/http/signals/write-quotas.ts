import type { Random } from '../../kernel/random.ts'
import { retrySeconds } from './retry-after.ts'
import type { Quota } from './quota.ts'
import { quoted } from './structured-list.ts'

/**
 * Which draft of the IETF's RateLimit fields is written (draft-ietf-httpapi-ratelimit-headers).
 * `draft-10`: `RateLimit-Policy: "name";q=100;w=60` and `RateLimit: "name";r=50;t=30`, any number of quotas.
 * `draft-7`: `RateLimit: limit=100, remaining=50, reset=30`. `draft-6`: one field each, `RateLimit-Limit`,
 * `RateLimit-Remaining`, `RateLimit-Reset`. The older two know one quota of requests: the one with the least left.
 */
export type RateLimitVersion = 'draft-10' | 'draft-7' | 'draft-6'

/** The fields that tell of `quotas`; none when there are none to tell of. */
export function writeQuotas(
  quotas: readonly Quota[],
  version: RateLimitVersion,
  random: Random,
): Record<string, string> {
  if (version === 'draft-10') return current(quotas, random)
  const quota = leastLeft(quotas)
  if (quota === undefined) return {}
  const { limit = 0, resetMs, windowMs = 1000 } = quota
  // The older two cannot leave the reset out. Until the end of a window there is what is left and what comes back.
  const remaining = resetMs === undefined ? limit : (quota.remaining ?? 0)
  const reset = seconds(quota, random) ?? Math.ceil(windowMs / 1000)
  const policy = `${limit};w=${Math.ceil(windowMs / 1000)}`
  return version === 'draft-7'
    ? { 'ratelimit-policy': policy, ratelimit: `limit=${limit}, remaining=${remaining}, reset=${reset}` }
    : {
        'ratelimit-policy': policy,
        'ratelimit-limit': String(limit),
        'ratelimit-remaining': String(remaining),
        'ratelimit-reset': String(reset),
      }
}

function current(quotas: readonly Quota[], random: Random): Record<string, string> {
  if (quotas.length === 0) return {}
  const policies: string[] = []
  const limits: string[] = []
  for (const quota of quotas) {
    const { name, unit, limit, windowMs, remaining, partition } = quota
    const partitionKey = partition === undefined ? '' : `;pk=:${partition}:`
    const left = seconds(quota, random)
    policies.push(
      quoted(name) +
        (limit === undefined ? '' : `;q=${limit}`) +
        (unit === 'requests' ? '' : `;qu=${quoted(unit)}`) +
        (windowMs === undefined ? '' : `;w=${Math.ceil(windowMs / 1000)}`) +
        partitionKey,
    )
    if (remaining !== undefined)
      limits.push(`${quoted(name)};r=${remaining}${left === undefined ? '' : `;t=${left}`}${partitionKey}`)
  }
  return {
    'ratelimit-policy': policies.join(', '),
    ...(limits.length > 0 && { ratelimit: limits.join(', ') }),
  }
}

/** The reset of a quota that is used up is spread, like `Retry-After`: all who are out of it read the same number. */
function seconds({ resetMs, remaining }: Quota, random: Random): number | undefined {
  if (resetMs === undefined) return undefined
  return remaining === 0 ? retrySeconds(resetMs, random) : Math.max(1, Math.ceil(resetMs / 1000))
}

function leastLeft(quotas: readonly Quota[]): Quota | undefined {
  let least: Quota | undefined
  for (const quota of quotas) {
    if (quota.unit !== 'requests' || quota.remaining === undefined) continue
    if (least === undefined || quota.remaining < (least.remaining as number)) least = quota
  }
  return least
}
