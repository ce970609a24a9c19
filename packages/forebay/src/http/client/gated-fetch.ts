import { backoffMs } from '../../gates/admit/backoff.ts'
import type { BackoffOptions } from '../../gates/admit/backoff.ts'
import type { Budget } from '../../gates/admit/budget.ts'
import { outcomeOf, retryAfterOf } from '../../gates/admit/classify.ts'
import { pause } from '../../gates/admit/pause.ts'
import { budgetOf } from '../../gates/admit/retry.ts'
import { checkFunction, checkInteger } from '../../kernel/check.ts'
import { isForebayError } from '../../kernel/errors.ts'
import type { PermitOutcome } from '../../kernel/gate.ts'
import { systemRandom } from '../../kernel/random.ts'
import type { Random } from '../../kernel/random.ts'
import { dropBody, holdBody } from '../body/hold-body.ts'
import type { WebResponse } from '../body/hold-body.ts'
import type { ClientOptions, ClientRetry, ClientSettings } from './client-options.ts'
import { clientSettings } from './client-options.ts'
import type { FetchInit, FetchLike, PlatformFetch, RequestLike } from './fetch-types.ts'
import { makeHeaders, platformFetch } from './fetch-types.ts'
import { CallSignal, OutboundCall } from './outbound-call.ts'

export interface GatedFetchOptions<F extends FetchLike> extends ClientOptions {
  /** What makes the calls; default the runtime's own `fetch`. */
  readonly fetch?: F
  /** When a call is made again: one that may be repeated (GET, HEAD, OPTIONS, PUT, DELETE, or any that was refused with 429 or 503) and whose body can be sent twice. Default never. */
  readonly retry?: ClientRetry
}

const repeatable = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

/**
 * A `fetch` behind a gate, which obeys. It waits for a permit and holds it until the body of the answer has ended; 429 and
 * 503 count as `drop`; `Retry-After` and used-up RateLimit quotas close the gate for their origin. What is left of a
 * deadline goes along as `x-deadline`, the level as `x-level`; inside of a request that a gate admitted both are inherited.
 * Rejects with `Shed` when there is no permit, with `FOREBAY_TIMEOUT` when no answer begins in time.
 *
 * @example
 * const call = gatedFetch({ gate: all([limit(20), breaker()]), timeout: '2s', retry: { max: 2 } })
 * const response = await call('https://prices.example/v1/hammer')
 */
export function gatedFetch<F extends FetchLike = PlatformFetch>(options: GatedFetchOptions<F>): F {
  const settings = clientSettings(options)
  const { retry } = options
  const again = retry === undefined ? undefined : againOf(retry, settings)
  const send: FetchLike = options.fetch === undefined ? platformFetch : checkFunction('fetch', options.fetch)
  return ((input: unknown, init?: FetchInit) => persist(settings, again, send, input, init)) as unknown as F
}

/** How a client tries again; `undefined` for one that does not. */
interface Again {
  readonly max: number
  readonly budget: Budget
  readonly backoff: BackoffOptions
  readonly random: Random
}

async function persist(
  settings: ClientSettings,
  again: Again | undefined,
  send: FetchLike,
  input: unknown,
  init: FetchInit | undefined,
): Promise<unknown> {
  const request = isRequest(input) ? input : undefined
  const method = (init?.method ?? request?.method ?? 'GET').toUpperCase()
  const outer = (init?.signal ?? request?.signal ?? undefined) as AbortSignal | undefined
  const mayResend = isReplayable(init?.body) && (request === undefined || request.body === null)
  again?.budget.earn()
  for (let attempt = 1; ; attempt++) {
    const one = new OutboundCall(
      settings,
      request?.url ?? String(input),
      attempt,
      outer === undefined ? {} : { signal: outer },
    )
    const exchange: Exchange = { outcome: 'ignore', retryAfterMs: 0 } // until there is a permit, nothing has been tried
    let response: WebResponse | undefined
    let failure: unknown
    try {
      response = await once(settings, one, exchange, send, input, init, outer)
    } catch (error) {
      failure = error
      exchange.retryAfterMs = retryAfterOf(error)
    }
    const { outcome } = exchange
    const hasFailed = response === undefined ? !isLasting(failure) && outer?.aborted !== true : outcome !== 'ok'
    const isSafe = mayResend && (repeatable.has(method) || outcome === 'drop' || outcome === 'ignore')
    const ms =
      hasFailed && isSafe && again !== undefined ? pauseFor(again, attempt, exchange, one, settings) : undefined
    if (ms === undefined) {
      if (response === undefined) throw failure
      return response
    }
    await response?.body?.cancel()
    await pause(settings.clock, ms, outer)
  }
}

/** How long to wait before the next try, whose budget is spent; `undefined` when there must not be one. */
function pauseFor(
  { max, budget, backoff, random }: Again,
  attempt: number,
  { retryAfterMs }: Exchange,
  { ask }: OutboundCall,
  { clock }: ClientSettings,
): number | undefined {
  const ms = retryAfterMs + backoffMs(backoff, attempt, random)
  if (attempt > max || clock.now() + ms >= (ask.deadline ?? Infinity) || ms === Infinity) return undefined
  return budget.take() ? ms : undefined
}

/** What one try came to. */
interface Exchange {
  outcome: PermitOutcome
  /** `Infinity`: the other side asks not to be asked again. */
  retryAfterMs: number
}

async function once(
  settings: ClientSettings,
  one: OutboundCall,
  exchange: Exchange,
  send: FetchLike,
  input: unknown,
  init: FetchInit | undefined,
  outer: AbortSignal | undefined,
): Promise<WebResponse> {
  await one.enter()
  const left = (one.ask.deadline ?? Infinity) - settings.clock.now()
  const joined = new CallSignal(settings.clock, Math.min(settings.timeoutMs, left), outer)
  let response: WebResponse
  try {
    const headers = makeHeaders(init?.headers ?? (isRequest(input) ? input.headers : undefined))
    const own = one.headers()
    for (const name of Object.keys(own)) if (!headers.has(name)) headers.set(name, own[name] as string)
    response = (await send(input, { ...init, headers, signal: joined.signal })) as WebResponse
  } catch (error) {
    joined.clear()
    exchange.outcome = outer?.aborted === true ? 'ignore' : outcomeOf(error)
    one.release(exchange.outcome)
    throw error
  }
  joined.stopTimer()
  exchange.outcome = 'fail' // the other side has had the call, whatever happens here
  try {
    const { mayNotRetry, retryAfterMs = 0 } = one.hear(response.status, response.headers)
    const outcome = settings.outcome(response.status)
    const held = holdBody(response, (end) => {
      joined.clear()
      one.release(end === 'whole' || outcome !== 'ok' ? outcome : 'ignore')
    })
    exchange.outcome = outcome
    exchange.retryAfterMs = mayNotRetry ? Infinity : retryAfterMs
    return held
  } catch (error) {
    dropBody(response, error)
    joined.clear()
    one.release('ignore')
    throw error
  }
}

function againOf(retry: ClientRetry, { gate, clock, random = systemRandom }: ClientSettings): Again {
  const backoff = retry.backoff ?? {}
  backoffMs(backoff, 1, random) // throws for what makes no sense, now rather than at the first failure
  const max = checkInteger('retry.max', retry.max ?? 2, 0, 1000)
  return { max, budget: retry.budget ?? budgetOf(gate, clock), backoff, random }
}

function isLasting(error: unknown): boolean {
  return isForebayError(error) && (!error.retryable || error.code === 'FOREBAY_CANCELLED')
}

function isRequest(input: unknown): input is RequestLike {
  return typeof input === 'object' && input !== null && 'url' in input && 'method' in input
}

/** What can be sent again: nothing, text, bytes and forms, but no stream. */
function isReplayable(body: unknown): boolean {
  if (body === undefined || body === null || typeof body === 'string') return true
  return typeof body === 'object' && !('getReader' in body) && !(Symbol.asyncIterator in body)
}
