import { deadlinesOf } from '../../gates/deadlines.ts'
import type { Due } from '../../gates/deadlines.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { PermitOutcome } from '../../kernel/gate.ts'
import type { ClientOptions, ClientSettings } from './client-options.ts'
import { clientSettings } from './client-options.ts'
import { OutboundCall } from './outbound-call.ts'
import { WaitingController } from './waiting-controller.ts'
import type { DispatchController } from './waiting-controller.ts'

/** What is used of the options of undici's `dispatch`. */
interface DispatchOptions {
  readonly origin?: unknown
  readonly path?: string
  readonly headers?: unknown
}

/** What is used of a handler of undici 7. */
interface DispatchHandler {
  onRequestStart?(controller: DispatchController, context: unknown): void
  onRequestUpgrade?(controller: DispatchController, status: number, headers: unknown, socket: Socket): void
  onResponseStart?(controller: DispatchController, status: number, headers: any, message?: string): void
  onResponseData?(controller: DispatchController, chunk: unknown): void
  onResponseEnd?(controller: DispatchController, trailers: unknown): void
  onResponseError?(controller: DispatchController | undefined, error: Error): void
}

interface Socket {
  once(event: 'close', listener: () => void): unknown
}

type Dispatch = (options: any, handler: any) => boolean

/**
 * An interceptor for undici ≥ 7 (`dispatcher.compose(...)`): what `gatedFetch` does, without its retries, since undici has
 * an interceptor for those, which goes outside of this one. The permit is held until the answer has ended, upgraded
 * connections until they close.
 *
 * @example
 * setGlobalDispatcher(new Agent().compose(undiciGate({ gate: all([limit(20), breaker()]) })))
 */
export function undiciGate(options: ClientOptions): <D extends Dispatch>(dispatch: D) => D {
  const settings = clientSettings(options)
  return <D extends Dispatch>(dispatch: D): D =>
    ((given: DispatchOptions, handler: DispatchHandler) => {
      const exchange = new Exchange(settings, dispatch, given, handler)
      return exchange.start()
    }) as D
}

/** One request on its way through the gate, as undici's handler between the caller's and the dispatcher. */
class Exchange implements DispatchHandler, Due {
  dueAt: number = Infinity
  heapIndex = -1
  readonly #settings: ClientSettings
  readonly #dispatch: Dispatch
  readonly #given: DispatchOptions
  readonly #handler: DispatchHandler
  readonly #one: OutboundCall
  readonly #abort = new AbortController()
  /** What the caller holds while undici has not seen the request yet. */
  #early: WaitingController | undefined = undefined
  #controller: DispatchController | undefined = undefined
  #outcome: PermitOutcome = 'fail'
  /** The caller has been told how it ended, before undici has started the request. */
  #late: ForebayError | undefined = undefined

  constructor(settings: ClientSettings, dispatch: Dispatch, given: DispatchOptions, handler: DispatchHandler) {
    this.#settings = settings
    this.#dispatch = dispatch
    this.#given = given
    this.#handler = handler
    const url = `${originText(given.origin)}${given.path ?? ''}`
    this.#one = new OutboundCall(settings, url, 1, { signal: this.#abort.signal })
  }

  start(): boolean {
    if (this.#one.tryEnter()) return this.#send()
    // Without a controller, a caller that aborts would not be heard before undici takes the request.
    const early = new WaitingController((reason) => this.#abort.abort(reason))
    this.#early = early
    this.#handler.onRequestStart?.(early, {})
    this.#one.enter().then(
      () => {
        try {
          this.#send()
        } catch (error) {
          this.onResponseError(undefined, error as Error)
        }
      },
      (error: Error) => {
        this.#handler.onResponseError?.(early, early.aborted && early.reason instanceof Error ? early.reason : error)
      },
    )
    return true
  }

  #send(): boolean {
    const { clock, timeoutMs } = this.#settings
    const now = clock.now()
    this.dueAt = Math.min(now + timeoutMs, this.#one.ask.deadline ?? Infinity)
    if (this.dueAt !== Infinity) deadlinesOf(clock).add(this)
    try {
      return this.#dispatch({ ...this.#given, headers: withHeaders(this.#given.headers, this.#one.headers()) }, this)
    } catch (error) {
      this.#over('ignore')
      throw error
    }
  }

  expire(): void {
    const error = new ForebayError('FOREBAY_TIMEOUT', 'no answer in time', { retryable: true })
    if (this.#controller !== undefined) return this.#controller.abort(error)
    // undici still connects or has no connection free, and lets nobody abort before it starts the request.
    this.onResponseError(undefined, error)
    this.#late = error
  }

  onRequestStart(controller: DispatchController, context: unknown): void {
    this.#controller = controller
    if (this.#late !== undefined) return controller.abort(this.#late)
    if (this.#early === undefined) this.#handler.onRequestStart?.(controller, context)
    else this.#early.become(controller)
  }

  onRequestUpgrade(controller: DispatchController, status: number, headers: unknown, socket: Socket): void {
    deadlinesOf(this.#settings.clock).remove(this)
    socket.once('close', () => this.#over('ok'))
    this.#handler.onRequestUpgrade?.(controller, status, headers, socket)
  }

  onResponseStart(controller: DispatchController, status: number, headers: any, message?: string): void {
    // 103 and its like come before the answer.
    if (status >= 200) {
      deadlinesOf(this.#settings.clock).remove(this)
      this.#outcome = this.#settings.outcome(status)
      this.#one.hear(status, headers)
    }
    this.#handler.onResponseStart?.(controller, status, headers, message)
  }

  onResponseData(controller: DispatchController, chunk: unknown): void {
    this.#handler.onResponseData?.(controller, chunk)
  }

  onResponseEnd(controller: DispatchController, trailers: unknown): void {
    this.#over(this.#outcome)
    this.#handler.onResponseEnd?.(controller, trailers)
  }

  onResponseError(controller: DispatchController | undefined, error: Error): void {
    if (this.#late !== undefined) return
    const isOurs = error instanceof ForebayError
    const isAborted = this.#controller?.aborted === true && !isOurs
    this.#over(isAborted || this.#outcome === 'ok' ? 'ignore' : this.#outcome)
    this.#handler.onResponseError?.(controller ?? this.#early, error)
  }

  #over(outcome: PermitOutcome): void {
    deadlinesOf(this.#settings.clock).remove(this)
    this.#one.release(outcome)
  }
}

/** Headers as undici takes them, names and values in a row, pairs or a record, with ours unless they name their own. */
function withHeaders(given: unknown, own: Record<string, string>): unknown {
  if (given === undefined || given === null) return own
  if (Array.isArray(given)) {
    const names = new Set(given.filter((_, i) => i % 2 === 0).map((name) => String(name).toLowerCase()))
    return [
      ...given,
      ...Object.entries(own)
        .filter(([name]) => !names.has(name))
        .flat(),
    ]
  }
  if (typeof (given as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function') {
    const pairs = [...(given as Iterable<readonly [string, unknown]>)]
    const names = new Set(pairs.map(([name]) => name.toLowerCase()))
    return [...pairs, ...Object.entries(own).filter(([name]) => !names.has(name))].flatMap((pair) => pair)
  }
  const names = new Set(Object.keys(given).map((name) => name.toLowerCase()))
  return { ...given, ...Object.fromEntries(Object.entries(own).filter(([name]) => !names.has(name))) }
}

function originText(origin: unknown): string {
  if (typeof origin === 'string') return origin
  return (origin as { readonly origin?: string } | undefined)?.origin ?? ''
}
