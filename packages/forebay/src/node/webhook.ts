import { checkInteger, show } from '../kernel/check.ts'
import { systemClock, type Clock } from '../kernel/clock.ts'
import { milliseconds, type Duration } from '../kernel/duration.ts'
import { RingBuffer } from '../kernel/ring-buffer.ts'

export interface WebhookOptions {
  /** How long one attempt may take; default 5 s. */
  timeout?: Duration
  /** Bodies that wait to be sent; default 100. When it is full the oldest is dropped and counted. */
  queue?: number
  /** Attempts after the first, for answers 408, 429 and 5xx and for none at all; default 5. */
  retries?: number
  /** Wait before the first retry, doubled for each that follows up to 60 s; default 1 s. */
  backoff?: Duration
  /** Sent with every request, for instance `authorization`. */
  headers?: Readonly<Record<string, string>>
  /** Takes one line for each body that is given up. The line names the host, never the whole address. */
  log?: (line: string) => void
  clock?: Clock
}

/** Sends JSON to one address, one body at a time and in order. */
export interface Webhook {
  /** Takes a body; never waits and never throws. It is what `alerts` takes as `post`. */
  (body: unknown): void
  /** Bodies sent; bodies dropped because the queue was full or because they were given up. */
  readonly stats: { readonly sent: number; readonly dropped: number; readonly waiting: number }
  /** Sends what waits, one attempt each, until one gets no answer; takes no more. */
  close(): Promise<void>
}

const MAX_BACKOFF_MS = 60_000

/**
 * Posts bodies as JSON to `url`. Bounded in time and memory whatever the receiver does: redirects are refused,
 * answers are discarded unread, and only `http:` and `https:` are accepted. Throws `TypeError` for another address.
 */
export function webhook(url: string, options: WebhookOptions = {}): Webhook {
  const sender = new Sender(url, options)
  const post = (body: unknown): void => sender.add(body)
  return Object.defineProperties(post, {
    stats: { get: () => sender.stats() },
    close: { value: () => sender.close() },
  }) as unknown as Webhook
}

class Sender {
  #sent = 0
  #dropped = 0
  #closing = false
  #sending: Promise<void> | undefined
  #wakeUp: (() => void) | undefined
  readonly #url: URL
  readonly #waiting: RingBuffer<string>
  readonly #timeoutMs: number
  readonly #retries: number
  readonly #backoffMs: number
  readonly #headers: Readonly<Record<string, string>>
  readonly #log: (line: string) => void
  readonly #clock: Clock

  constructor(url: string, options: WebhookOptions) {
    const parsed = URL.canParse(url) ? new URL(url) : undefined
    if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') {
      throw new TypeError(`url: expected an http: or https: address, got ${show(url)}`)
    }
    if (parsed.username !== '' || parsed.password !== '') {
      throw new TypeError('url: expected no user and password in the address; they belong into headers.authorization')
    }
    this.#url = parsed
    this.#waiting = new RingBuffer(checkInteger('queue', options.queue ?? 100, 1, 100_000))
    this.#timeoutMs = milliseconds('timeout', options.timeout ?? '5s')
    this.#retries = checkInteger('retries', options.retries ?? 5, 0, 100)
    this.#backoffMs = milliseconds('backoff', options.backoff ?? '1s')
    this.#headers = { ...options.headers, 'content-type': 'application/json' }
    this.#log = options.log ?? (() => {})
    this.#clock = options.clock ?? systemClock
  }

  add(body: unknown): void {
    const text = toJson(body)
    if (text === undefined || this.#closing) {
      this.#giveUp(this.#closing ? 'it is closed' : 'a body is no JSON')
      return
    }
    if (this.#waiting.isFull) {
      this.#waiting.shift()
      this.#giveUp('its queue is full')
    }
    this.#waiting.push(text)
    this.#sending ??= this.#drain()
  }

  stats(): { sent: number; dropped: number; waiting: number } {
    return { sent: this.#sent, dropped: this.#dropped, waiting: this.#waiting.length }
  }

  async close(): Promise<void> {
    this.#closing = true
    this.#wakeUp?.()
    await this.#sending
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const isAway = await this.#deliver(this.#waiting.shift())
      // Whoever closes waits for one answer that does not come, not for each of a hundred.
      while (isAway && this.#closing && this.#waiting.length > 0) {
        this.#waiting.shift()
        this.#giveUp('it is closed')
      }
    }
    this.#sending = undefined
  }

  /** Resolves to whether the receiver was away until the end. */
  async #deliver(body: string): Promise<boolean> {
    let why = ''
    let isAway = false
    for (let attempt = 0; attempt <= this.#retries; attempt++) {
      if (attempt > 0) await this.#pause(Math.min(MAX_BACKOFF_MS, this.#backoffMs * 2 ** (attempt - 1)))
      const outcome = await this.#attempt(body)
      if (outcome === 'sent') {
        this.#sent++
        return false
      }
      why = outcome.why
      isAway = outcome.retryable
      if (!outcome.retryable || this.#closing) break
    }
    this.#giveUp(why)
    return isAway
  }

  async #attempt(body: string): Promise<'sent' | { why: string; retryable: boolean }> {
    try {
      const signal = AbortSignal.timeout(this.#timeoutMs)
      const options = { method: 'POST', body, headers: this.#headers, redirect: 'error', signal } as const
      const response = await fetch(this.#url, options)
      await response.body?.cancel()
      if (response.ok) return 'sent'
      const { status } = response
      return { why: `it answered ${status}`, retryable: status === 408 || status === 429 || status >= 500 }
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown'
      return { why: name === 'TimeoutError' ? 'it did not answer in time' : 'it could not be reached', retryable: true }
    }
  }

  #pause(ms: number): Promise<void> {
    if (this.#closing) return Promise.resolve()
    return new Promise((resolve) => {
      const stop = this.#clock.after(ms, resolve)
      this.#wakeUp = () => {
        stop()
        resolve()
      }
    })
  }

  #giveUp(why: string): void {
    this.#dropped++
    this.#log(`webhook at ${this.#url.host} lost a message: ${why}`)
  }
}

function toJson(body: unknown): string | undefined {
  try {
    return JSON.stringify(body)
  } catch {
    return undefined // a cycle or a bigint
  }
}
