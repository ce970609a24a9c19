import type { Clock } from '../../kernel/clock.ts'
import type { HeaderSource } from './header-source.ts'
import { headerOf } from './header-source.ts'
import { providerQuotas } from './provider-quotas.ts'
import type { Quota } from './quota.ts'
import { clampWait, decimal } from './retry-after.ts'
import type { Bare, ListMember } from './structured-list.ts'
import { parseList } from './structured-list.ts'

/** Seconds since 1970 rather than until then: GitHub and others write the reset so. */
const firstEpochSeconds = 1_000_000_000

/**
 * The quotas of an answer, in whichever form it has: the two fields of the current draft, the one of draft 7, the three
 * of draft 6, the `X-RateLimit-*` that came before
 * all of them, or what services of language models say instead. Never throws; what cannot be read is left out.
 */
export function readQuotas(headers: HeaderSource, clock: Clock): readonly Quota[] {
  const field = headerOf(headers, 'ratelimit')
  const policy = headerOf(headers, 'ratelimit-policy')
  const policies = policy === undefined ? [] : parseList(policy)
  const limits = field === undefined ? [] : parseList(field)
  if ([...policies, ...limits].some(({ value }) => typeof value === 'string')) {
    const named = current(policies, limits)
    if (named.length > 0) return named
  }
  const [old] = policies
  const windowSeconds = old === undefined ? undefined : natural(old.params.get('w'))
  const quota =
    (field === undefined ? undefined : combined(field)) ??
    trio(headers, 'ratelimit-', clock) ??
    trio(headers, 'x-ratelimit-', clock) ??
    trio(headers, 'x-rate-limit-', clock)
  if (quota === undefined) return providerQuotas(headers, clock)
  return [windowSeconds === undefined ? quota : { ...quota, windowMs: clampWait(windowSeconds * 1000) }]
}

function current(policies: readonly ListMember[], limits: readonly ListMember[]): readonly Quota[] {
  const quotas = new Map<string, Quota>() // bounded by the members of the two lists
  for (const { value, params } of policies) {
    const limit = natural(params.get('q'))
    const windowSeconds = natural(params.get('w'))
    const unit = params.get('qu')
    const partition = params.get('pk')
    const name = String(value)
    quotas.set(name, {
      name,
      unit: typeof unit === 'string' ? unit : 'requests',
      ...(limit !== undefined && { limit }),
      ...(windowSeconds !== undefined && { windowMs: clampWait(windowSeconds * 1000) }),
      ...(typeof partition === 'string' && { partition }),
    })
  }
  for (const { value, params } of limits) {
    const name = String(value)
    const remaining = natural(params.get('r'))
    const seconds = natural(params.get('t'))
    if (remaining === undefined) continue
    quotas.set(name, {
      ...(quotas.get(name) ?? { name, unit: 'requests' }),
      remaining,
      ...(seconds !== undefined && { resetMs: clampWait(seconds * 1000) }),
    })
  }
  return [...quotas.values()]
}

/** `limit=100, remaining=50, reset=30` of draft 7. */
function combined(field: string): Quota | undefined {
  const found = new Map<string, number>()
  for (const part of field.split(',', 8)) {
    const [name = '', value] = part.split('=', 2)
    const count = decimal(value)
    if (count !== undefined && count >= 0) found.set(name.trim(), count)
  }
  return quota(found.get('limit'), found.get('remaining'), found.get('reset'))
}

function trio(headers: HeaderSource, prefix: string, clock: Clock): Quota | undefined {
  // `100, 100;w=60` carries the policy behind the number in older drafts.
  const limit = decimal(headerOf(headers, `${prefix}limit`)?.split(/[,;]/, 1)[0])
  const remaining = decimal(headerOf(headers, `${prefix}remaining`))
  const reset = decimal(headerOf(headers, `${prefix}reset`))
  const seconds = reset === undefined || reset < firstEpochSeconds ? reset : reset - clock.wall() / 1000
  return quota(limit, remaining, seconds)
}

function quota(limit?: number, remaining?: number, seconds?: number): Quota | undefined {
  if (remaining === undefined) return undefined
  return {
    name: 'default',
    unit: 'requests',
    ...(limit !== undefined && limit >= 0 && { limit }),
    remaining: Math.max(0, remaining),
    ...(seconds !== undefined && { resetMs: clampWait(seconds * 1000) }),
  }
}

function natural(value: Bare | undefined): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined
}
