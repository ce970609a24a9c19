import { checkOneOf } from '../../kernel/check.ts'
import { isForebayError } from '../../kernel/errors.ts'
import type { Gate } from '../../kernel/gate.ts'
import type { Random } from '../../kernel/random.ts'
import { systemRandom } from '../../kernel/random.ts'
import type { Shed } from '../../kernel/shed.ts'
import type { ProblemKind } from './problem.ts'
import { problemKindOf, problemText, statusOf } from './problem.ts'
import { quotasOf } from './quotas-of.ts'
import { retryMs, retrySeconds } from './retry-after.ts'
import type { RateLimitVersion } from './write-quotas.ts'
import { writeQuotas } from './write-quotas.ts'

/** How a gate is told of on the wire. */
export interface SignalOptions {
  /** Which draft of the RateLimit fields is written; default `'draft-10'`, the current one. */
  readonly version?: RateLimitVersion
  /** Adds `RateLimit-Limit`, `-Remaining` and `-Reset` of draft 6 beside the current fields, for clients that read nothing else; default false. */
  readonly trio?: boolean
  /** What kind of refusal a shed is, and so its status; default 429 `quota-exceeded` for a rate, else 503 `temporary-reduced-capacity`. */
  readonly kind?: (shed: Shed) => ProblemKind
  /** Spreads waits, so that callers refused together do not come back together. */
  readonly random?: Random
}

/** Whose view of the gate is told. */
export interface SignalSubject {
  /** The gate whose quotas go with a refusal. */
  readonly gate?: Gate
  /** The key whose part of a keyed gate is shown. */
  readonly key?: string | undefined
}

/** What a refused caller is told. Header names are in lower case. */
export interface Refused {
  readonly status: 429 | 503
  readonly headers: Readonly<Record<string, string>>
  /** Problem details as JSON. */
  readonly body: string
}

const versions = ['draft-10', 'draft-7', 'draft-6'] as const

/** Throws `RangeError` or `TypeError` for options that make no sense. */
export function checkSignalOptions(options: SignalOptions): void {
  if (options.version !== undefined) checkOneOf('version', options.version, versions)
}

/**
 * A shed or a gate as response headers. A gate becomes `RateLimit-Policy` and `RateLimit`, which tell a well-behaved
 * client what is left before it is refused; a shed becomes `Retry-After` as well, spread and never less than it asks, and where the gate
 * knows its wait `retry-after-ms`.
 *
 * @example
 * toHeaders(rate({ limit: 100, per: '60s', name: 'burst' }))
 * // { 'ratelimit-policy': '"burst";q=100;w=60', ratelimit: '"burst";r=1' }
 */
export function toHeaders(subject: Shed | Gate, options: SignalOptions & SignalSubject = {}): Record<string, string> {
  checkSignalOptions(options)
  const { version = 'draft-10', trio = false, random = systemRandom, key } = options
  const shed = isShed(subject) ? subject : undefined
  const gate = isShed(subject) ? options.gate : subject
  const quotas = gate === undefined ? [] : quotasOf(gate, key)
  return {
    ...(trio && version === 'draft-10' && writeQuotas(quotas, 'draft-6', random)),
    ...writeQuotas(quotas, version, random),
    ...(shed !== undefined && waitOf(shed.retryAfterMs, random)),
  }
}

/** The whole answer to a caller that was shed: status, headers and problem details. */
export function refusedBy(shed: Shed, options: SignalOptions & SignalSubject = {}): Refused {
  const kind = (options.kind ?? problemKindOf)(shed)
  return {
    status: statusOf(kind),
    headers: {
      ...toHeaders(shed, options),
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
    },
    body: problemText(shed, kind),
  }
}

/** Whole seconds for everybody, and milliseconds for who reads them: a wait of ten is not one of a thousand. */
function waitOf(ms: number, random: Random): Record<string, string> {
  return {
    'retry-after': String(retrySeconds(ms, random)),
    ...(ms > 0 && { 'retry-after-ms': String(retryMs(ms, random)) }),
  }
}

function isShed(subject: Shed | Gate): subject is Shed {
  return isForebayError(subject, 'FOREBAY_SHED')
}
