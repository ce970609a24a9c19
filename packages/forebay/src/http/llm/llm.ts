import { all } from '../../gates/all.ts'
import { admit } from '../../gates/admit/admit.ts'
import type { AdmitOptions } from '../../gates/admit/admit.ts'
import type { Call } from '../../gates/admit/call.ts'
import type { Classify, Ended } from '../../gates/admit/classify.ts'
import { outcomeOf } from '../../gates/admit/classify.ts'
import type { LineOptions } from '../../gates/line/line-options.ts'
import { limit } from '../../gates/limit/limit.ts'
import { perCall } from '../../gates/per-call.ts'
import { adaptiveRate } from '../../gates/rate/adaptive-rate.ts'
import { advise } from '../../gates/rate/advise.ts'
import { checkFunction, checkInteger, checkNumber } from '../../kernel/check.ts'
import type { Clock } from '../../kernel/clock.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { Gate } from '../../kernel/gate.ts'
import { perSecond } from '../../kernel/rate.ts'
import type { Rate } from '../../kernel/rate.ts'
import type { HeaderSource } from '../signals/header-source.ts'
import { readSignals } from '../signals/read-signals.ts'
import { retryHintOf } from './retry-hint.ts'
import { isOverloaded, outcomeOfStatus, tellingOf } from './telling.ts'

export interface LlmOptions {
  /** Calls that may begin, such as `'500/m'`; default no bound of our own. */
  readonly requests?: number | Rate
  /** Tokens that may be used, in and out, such as `'200000/m'`; default no bound of our own. */
  readonly tokens?: number | Rate
  /** Calls that may run at once; default 64. */
  readonly concurrency?: number
  /** Who may wait; default 1,000 callers for a minute each, first come first served by key. */
  readonly line?: number | LineOptions
  /** Shown in sheds and inspections; default `'llm'`. */
  readonly name?: string
  readonly clock?: Clock
}

/** What one call asks for. */
export interface LlmCall<T> extends Omit<AdmitOptions<T>, 'cost' | 'classify'> {
  /** Tokens that the call will use, at a guess: those of the prompt and the most that may come back. */
  readonly estimate: number
  /** Tokens that it has used in truth, as the answer says; default, and where that throws or is no count, the estimate. */
  readonly usage?: (answer: T) => number | undefined
}

/** A gate for calls to a language model. `cost` is in tokens. */
export interface Llm extends Gate {
  /** Takes in what an answer or an error says: rate-limit headers of the large providers, waits, overload. */
  hear(status: number, headers: HeaderSource, body?: string): void
  /** Does `work` with a permit for its estimate, and corrects it by what was truly used. Hears answers and errors that carry `status` and `headers`, as those of `fetch` and of the providers' clients do. */
  call<T>(work: (call: Call) => T | PromiseLike<T>, options: LlmCall<T>): Promise<T>
}

/**
 * A gate for a language model behind an API: requests and tokens in time, and calls at once, with one line in front. A call
 * reserves its estimate and settles the truth. It obeys: headers of OpenAI, Azure, Anthropic and those who copy them say what
 * is left and until when, `retry-after-ms`, `Retry-After` and Google's `retryDelay` stop it, and 429, 503 and 529 slow it down.
 *
 * @example
 * const model = llm({ requests: '500/m', tokens: '200000/m', concurrency: 32 })
 * const answer = await model.call(() => client.responses.create(prompt), {
 *   estimate: 1200, usage: (answer) => answer.usage?.total_tokens, key: tenant, retry: { max: 3 } })
 */
export function llm(options: LlmOptions = {}): Llm {
  const { clock = systemClock, name = 'llm' } = options
  // What we do not bound ourselves is still told by the other side.
  const requests = adaptiveRate({ ...paceOf('requests', options.requests), name: `${name}.requests`, clock })
  const tokens = adaptiveRate({ ...paceOf('tokens', options.tokens), name: `${name}.tokens`, clock })
  const concurrency = checkInteger('concurrency', options.concurrency ?? 64, 1)
  const running = limit(concurrency, { name: `${name}.concurrency`, clock })
  const line: number | LineOptions = options.line ?? { max: 1000, hold: '1m', order: 'fifo', overflow: 'reject' }
  const gate = all([perCall(requests), tokens, perCall(running)], { name, clock, line })

  const hear: Llm['hear'] = (status, headers, body) => {
    const { quotas, retryAfterMs } = readSignals(headers, clock)
    for (const { unit, remaining, resetMs } of quotas) {
      if (remaining === undefined || resetMs === undefined || unit === 'concurrent-requests') continue
      advise(unit === 'requests' ? requests : tokens, { remaining, resetMs })
    }
    const waitMs = retryAfterMs ?? (body === undefined ? undefined : retryHintOf(body))
    if (isOverloaded(status) && waitMs !== undefined) advise(requests, { retryAfterMs: waitMs })
  }

  const judge = <T>(ended: Ended<T>): ReturnType<Classify<T>> => {
    const told = tellingOf(ended.ok ? ended.value : ended.error)
    if (told === undefined) return ended.ok ? 'ok' : outcomeOf(ended.error)
    hear(told.status, told.headers, told.body)
    return { outcome: outcomeOfStatus(told.status), retryAfterMs: readSignals(told.headers, clock).retryAfterMs ?? 0 }
  }

  const call: Llm['call'] = async (work, { estimate, usage, ...ask }) => {
    checkNumber('estimate', estimate, 0, Number.MAX_SAFE_INTEGER)
    if (usage !== undefined) checkFunction('usage', usage)
    const settling: typeof work = async (given) => {
      const answer = await work(given)
      const truth = told(() => usage?.(answer))
      if (isTokens(truth)) given.settle(truth)
      return answer
    }
    return admit(gate, settling, { ...ask, cost: estimate, classify: judge, clock })
  }
  return Object.assign(gate, { hear, call })
}

/** The answer is paid for: what an odd provider tells of its usage, or does not, must not cost it. */
function told(usage: () => number | undefined): number | undefined {
  try {
    return usage()
  } catch {
    return undefined
  }
}

function isTokens(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER
}

/** A pace that begins at its most; a tenth of a minute's worth may go at once, as the providers let it. */
function paceOf(option: string, rate: number | Rate | undefined): { max: number; burst: number } {
  if (rate === undefined) return { max: 1e9, burst: 1e9 }
  const max = perSecond(option, rate)
  return { max, burst: Math.min(1e9, Math.max(1, Math.ceil(max * 6))) }
}
