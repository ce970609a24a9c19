import type { Shed } from '../../kernel/shed.ts'

/**
 * Why a request is refused, in the words of the IETF draft (draft-ietf-httpapi-ratelimit-headers):
 * `quota-exceeded` (429) is about what the caller uses, `temporary-reduced-capacity` (503) about what we have, and
 * `abnormal-usage-detected` (429) about how the caller behaves, which only you can tell.
 */
export type ProblemKind = 'quota-exceeded' | 'temporary-reduced-capacity' | 'abnormal-usage-detected'

const titles: Record<ProblemKind, string> = {
  'quota-exceeded': 'Request cannot be satisfied as assigned quota has been exceeded',
  'temporary-reduced-capacity': 'Request cannot be satisfied due to temporary server capacity constraints',
  'abnormal-usage-detected': 'Request cannot be satisfied due to abnormal usage detected',
}

/** The kind of a shed when nobody says otherwise: a rate is a quota, everything else is capacity. */
export function problemKindOf(shed: Shed): ProblemKind {
  return shed.reason === 'rate' ? 'quota-exceeded' : 'temporary-reduced-capacity'
}

export function statusOf(kind: ProblemKind): 429 | 503 {
  return kind === 'temporary-reduced-capacity' ? 503 : 429
}

/** The body of a refusal: problem details (RFC 9457) as JSON, in ASCII, so that it has as many bytes as characters. */
export function problemText(shed: Shed, kind: ProblemKind): string {
  const { reason, gate, asked, level, waitedMs, retryAfterMs, limit, inUse, waiting } = shed
  const text = JSON.stringify({
    type: `https://iana.org/assignments/http-problem-types#${kind}`,
    title: titles[kind],
    status: statusOf(kind),
    detail: shed.message,
    ...(kind === 'quota-exceeded' && { 'violated-policies': [gate] }),
    reason,
    gate,
    ...(asked !== gate && { asked }),
    level,
    waitedMs: Math.round(waitedMs),
    retryAfterMs,
    limit,
    inUse,
    waiting,
  })
  return text.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
