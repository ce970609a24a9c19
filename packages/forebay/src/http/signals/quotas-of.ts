import type { Gate, GateInspection } from '../../kernel/gate.ts'
import { unlimited } from '../../gates/ask.ts'
import type { Quota } from './quota.ts'

const mostQuotas = 8
const windowsSeconds = [1, 10, 60, 3600]

/**
 * What `gate` allows and has left, as quotas: each rate in requests a window, each limit in concurrent requests. Of a
 * keyed gate only the part of `key` is shown, and without its name: other keys are nobody's business.
 */
export function quotasOf(gate: Gate, key?: string): readonly Quota[] {
  const quotas: Quota[] = []
  collect(gate.inspect(), undefined, key ?? '', quotas)
  return quotas
}

function collect(part: GateInspection, name: string | undefined, key: string, quotas: Quota[]): void {
  if (quotas.length === mostQuotas) return
  if (part.kind === 'keyed') {
    const own = part.parts?.find((each) => each.name === key)
    if (own !== undefined) collect(own, part.name, key, quotas)
  } else if (part.kind === 'composite') {
    for (const each of part.parts ?? []) collect(each, undefined, key, quotas)
  } else if (part.kind !== 'breaker' && part.limit > 0 && part.limit < unlimited) {
    quotas.push(part.unit === 'permits' ? concurrency(part, name) : pace(part, name))
  }
}

function concurrency(part: GateInspection, name: string = part.name): Quota {
  const limit = Math.floor(part.limit)
  return { name, unit: 'concurrent-requests', limit, remaining: Math.min(limit, part.credit) }
}

/** The smallest usual window in which the rate is a whole number of requests. */
function pace(part: GateInspection, name: string = part.name): Quota {
  const window = windowsSeconds.find((seconds) => isWhole(part.limit * seconds)) ?? 3600
  const limit = Math.max(1, Math.round(part.limit * window))
  // What is left comes back piece by piece: with a reset it would say that no more may be used until then.
  const isStopped = part.credit === 0 && part.retryAfterMs >= 1000
  return {
    name,
    unit: 'requests',
    limit,
    remaining: part.credit,
    ...(isStopped && { resetMs: part.retryAfterMs }),
    windowMs: window * 1000,
  }
}

function isWhole(value: number): boolean {
  return value >= 1 && Math.abs(value - Math.round(value)) < 1e-6
}
