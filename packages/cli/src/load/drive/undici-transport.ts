import { readSignals } from 'forebay/http'
import { Agent, type Dispatcher } from 'undici'
import type { Transport, WireAnswer, WireRequest } from './transport.ts'

/** HTTP/1.1 over at most `connections` connections to each service, which are kept, with one request at a time. Answers are read and thrown away. */
export function undiciTransport(connections: number, connectTimeoutMs: number): Transport {
  // Who gives up, and when, is decided by the plan alone.
  const agent = new Agent({
    connections,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: Math.min(10_000, connectTimeoutMs) },
  })
  return {
    send: ({ origin, method, path, headers, body }: WireRequest, done) => {
      const exchange = new Exchange(done)
      agent.dispatch(
        { origin, method: method as Dispatcher.HttpMethod, path, headers, ...(body !== undefined && { body }) },
        exchange,
      )
      return exchange
    },
    close: () => agent.destroy(),
  }
}

/** One request and its answer. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #done: (answer: WireAnswer) => void
  #controller: Dispatcher.DispatchController | undefined
  #isAborted = false
  #status = 0
  #retryAfterMs: number | undefined

  constructor(done: (answer: WireAnswer) => void) {
    this.#done = done
  }

  abort(): void {
    this.#isAborted = true
    this.#controller?.abort(new Error('given up'))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#isAborted) controller.abort(new Error('given up'))
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#status = status
    this.#retryAfterMs = readSignals(headers).retryAfterMs
  }

  onResponseData(): void {}

  onResponseEnd(): void {
    this.#done({ status: this.#status, retryAfterMs: this.#retryAfterMs })
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error & { code?: unknown }): void {
    this.#done({ error: typeof error.code === 'string' ? error.code : error.name })
  }
}
