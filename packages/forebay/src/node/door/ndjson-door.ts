import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duration } from '../../kernel/duration.ts'
import { milliseconds } from '../../kernel/duration.ts'
import { answer } from './door-answer.ts'
import type { DoorSettings, NdjsonDoorOptions } from './door-options.ts'
import { doorSettings } from './door-options.ts'
import type { DoorHost, DoorRecord } from './door-request.ts'
import { DoorRequest } from './door-request.ts'
import type { DoorState } from './door-refusal.ts'
import { refusal } from './door-refusal.ts'
import { DrainMeter } from './drain-meter.ts'
import { RequestRound } from './request-round.ts'

const MIN_RETRY_MS = 1000
const MAX_RETRY_MS = 60_000

/** What a door has seen; cumulative, except `open` and `unsettled`. */
export interface DoorInspection {
  readonly url: string
  /** Requests open now, and records handed to the flow that have not settled. */
  readonly open: number
  readonly unsettled: number
  readonly records: number
  readonly accepted: number
  /** Records that were handed to the flow and refused by it. */
  readonly refused: number
  /** Answers by status, and requests whose client went away before theirs. */
  readonly answers: Readonly<Record<number, number>>
  readonly abandoned: number
  /** Records accepted per second over the last ten seconds. */
  readonly acceptedPerSecond: number
}

/**
 * Opens an HTTP door for newline-delimited JSON: `POST /events` with any client, `GET /live`, `GET /ready`.
 *
 * The flow takes records one by one, and only while it takes them are bodies read: what it does not take stays
 * in the client, held back by TCP. Each request gets one answer:
 * - 200 `{ accepted }` when every line was accepted, which means that its lease ended `stored` or `done`;
 * - 429 `{ accepted, retryAfterMs }` with `Retry-After` when nothing moved for `wait`; 503 while the door closes;
 * - 400 `{ accepted, line, error }` for a line that `parse` refuses; 413 for a line or a body over its limit;
 * - 408 for a client that is too slow.
 *
 * `accepted` counts the records from the first one on without a gap. Sending again from there is always right;
 * records behind a gap may be accepted too, so give them ids.
 */
export function ndjsonDoor<T>(options: NdjsonDoorOptions<T>): NdjsonDoor<T> {
  return new NdjsonDoor(doorSettings(options))
}

/** An open door; see {@link ndjsonDoor}. */
export class NdjsonDoor<T> implements AsyncDisposable {
  readonly #settings: DoorSettings<T>
  readonly #server: Server
  readonly #host: DoorHost<T>
  readonly #requests = new Set<DoorRequest<T>>() // bounded by maxRequests
  readonly #round: RequestRound<T>
  readonly #meter: DrainMeter
  readonly #answers: Record<number, number> = {}
  #isAwaited = true
  #wake: () => void = () => {}
  #records = 0
  #accepted = 0
  #unsettled = 0
  #settledCount = 0
  #abandoned = 0
  #isClosing = false
  /** Those who wait in `close`. */
  readonly #whenEmpty = new Set<() => void>()
  #url = ''

  constructor(settings: DoorSettings<T>) {
    this.#settings = settings
    this.#round = new RequestRound(settings.maxRequests)
    this.#meter = new DrainMeter(settings.clock.now())
    this.#host = this.#hostOf(settings)
    this.#server = createServer({
      maxHeaderSize: 8192,
      headersTimeout: settings.graceMs,
      requestTimeout: 0, // a request that we hold back is not late; DoorRequest judges the client by its own time
      keepAliveTimeout: 5000,
      connectionsCheckingInterval: 1000,
    })
    this.#server.maxConnections = settings.maxRequests * 4
    this.#server.on('request', (req, res) => this.#onRequest(req, res))
    this.#server.on('checkContinue', (req, res) => this.#onRequest(req, res))
  }

  /** Starts to listen and gives the URL, without a path. Rejects with Node's error when no port is free. */
  async listen(): Promise<string> {
    const { host, port, ports } = this.#settings
    for (let i = 0; ; i++) {
      try {
        await listening(this.#server, port === 0 ? 0 : port + i, host)
        break
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || i + 1 >= ports) throw error
      }
    }
    const { address, port: actual } = this.#server.address() as AddressInfo
    this.#url = `http://${address.includes(':') ? `[${address}]` : address}:${actual}`
    return this.#url
  }

  get url(): string {
    return this.#url
  }

  /** The next record, or `undefined` when none has arrived; {@link onRecord} tells when to ask again. */
  take(): DoorRecord<T> | undefined {
    this.#isAwaited = false
    const record = this.#round.take()
    if (record === undefined) this.#isAwaited = true
    else {
      this.#records++
      this.#unsettled++
    }
    return record
  }

  /** Calls `wake` whenever there is a record after {@link take} had found none. */
  onRecord(wake: () => void): void {
    this.#wake = wake
  }

  inspect(): DoorInspection {
    return {
      url: this.#url,
      open: this.#requests.size,
      unsettled: this.#unsettled,
      records: this.#records,
      accepted: this.#accepted,
      refused: this.#settledCount - this.#accepted,
      answers: { ...this.#answers },
      abandoned: this.#abandoned,
      acceptedPerSecond: this.#meter.perSecond(this.#settings.clock.now()),
    }
  }

  /**
   * Offers no more records and takes no more requests; answers the open ones as their records settle, for at
   * most `within` (default the door's `wait`), then all of them with what was accepted by then, and cuts every
   * connection. Closing twice is fine.
   */
  async close(options: { within?: Duration } = {}): Promise<void> {
    const { clock, waitMs } = this.#settings
    this.#isClosing = true
    for (const request of this.#requests) request.close()
    if (this.#requests.size > 0) {
      await new Promise<void>((resolve) => {
        const stop = clock.after(milliseconds('within', options.within ?? waitMs), done)
        const whenEmpty = this.#whenEmpty.add(done)
        function done(): void {
          stop()
          whenEmpty.delete(done)
          resolve()
        }
      })
      for (const request of this.#requests) request.giveUp()
    }
    if (!this.#server.listening) return
    await new Promise<void>((resolve) => {
      const stop = clock.after(MIN_RETRY_MS, () => this.#server.closeAllConnections()) // lets the last answers travel
      this.#server.close(() => {
        stop()
        resolve()
      })
      this.#server.closeIdleConnections()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #onRequest(req: IncomingMessage, res: ServerResponse): void {
    const refused = refusal(req, this.#settings, this.#state)
    if (refused !== undefined) {
      this.#count(refused.status)
      answer(req, res, this.#settings.clock, refused)
      return
    }
    if (req.headers.expect !== undefined) res.writeContinue()
    const request = new DoorRequest(this.#host, req, res)
    this.#requests.add(request)
    request.start()
  }

  #hostOf(settings: DoorSettings<T>): DoorHost<T> {
    return {
      ...settings,
      ready: (request) => this.#onReady(request),
      settled: (accepted) => {
        this.#unsettled--
        this.#settledCount++
        if (!accepted) return
        this.#accepted++
        this.#meter.add(1, settings.clock.now())
      },
      retryAfterMs: () => this.#retryAfterMs(),
      over: (request, status) => {
        this.#requests.delete(request)
        this.#round.delete(request)
        if (status === undefined) this.#abandoned++
        else this.#count(status)
        if (this.#requests.size === 0) for (const resolve of this.#whenEmpty) resolve()
      },
    }
  }

  get #state(): DoorState {
    return {
      isClosing: this.#isClosing,
      isFull: this.#requests.size >= this.#settings.maxRequests,
      retryAfterMs: () => this.#retryAfterMs(),
    }
  }

  #onReady(request: DoorRequest<T>): void {
    this.#round.add(request)
    if (!this.#isAwaited) return
    this.#isAwaited = false
    this.#wake()
  }

  /** The time in which everything that is waiting now would be accepted, at the measured rate; 1 s to 60 s. */
  #retryAfterMs(): number {
    const { clock, random, waitMs } = this.#settings
    let ahead = this.#unsettled
    for (const request of this.#requests) ahead += request.recordsAhead
    const rate = this.#meter.perSecond(clock.now())
    const drainMs = rate > 0 ? (ahead * 1000) / rate : waitMs
    const spread = drainMs * (1 + random.next() / 5)
    return Math.round(Math.min(Math.max(spread, MIN_RETRY_MS), MAX_RETRY_MS))
  }

  #count(status: number): void {
    this.#answers[status] = (this.#answers[status] ?? 0) + 1
  }
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onListening = (): void => {
      server.off('error', onError)
      resolve()
    }
    const onError = (error: Error): void => {
      server.off('listening', onListening)
      reject(error)
    }
    server.once('listening', onListening).once('error', onError)
    server.listen(port, host)
  })
}
