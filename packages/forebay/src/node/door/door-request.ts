import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../kernel/clock.ts'
import type { Lease, Outcome } from '../../kernel/context.ts'
import { isForebayError } from '../../kernel/errors.ts'
import type { Shed } from '../../kernel/shed.ts'
import type { Answer } from './door-answer.ts'
import { answer } from './door-answer.ts'
import { DoorLease, isAccepted } from './door-lease.ts'
import { LineError, LineSplitter } from './line-splitter.ts'
import { SettledPrefix } from './settled-prefix.ts'

/** One line of a body, and the right to say what became of it. */
export interface DoorRecord<T> {
  readonly value: T
  readonly lease: Lease
}

/** What a request needs from its door. */
export interface DoorHost<T> {
  readonly clock: Clock
  readonly parse: (line: string, lineNumber: number) => T
  readonly waitMs: number
  readonly maxLineBytes: number
  readonly maxBodyBytes: number
  /** Records of one request that may be handed out and not settled. */
  readonly window: number
  /** Time that a client may take beyond what its bytes earn it. */
  readonly graceMs: number
  readonly minBytesPerSecond: number
  /** The request has a record to take. */
  ready(request: DoorRequest<T>): void
  /** A record has settled. */
  settled(accepted: boolean): void
  retryAfterMs(): number
  /** The request was answered, or its client has gone (`undefined`). */
  over(request: DoorRequest<T>, status: number | undefined): void
}

type Ending =
  | { readonly kind: 'complete' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'closing' }
  | { readonly kind: 'line'; readonly error: LineError }
  | { readonly kind: 'body' }
  | { readonly kind: 'slow' }
  | { readonly kind: 'refused'; readonly outcome: Outcome; readonly reason: unknown }

/**
 * One body on its way in. It reads only while it has no record to offer, so a door without credit stops the
 * socket after at most one chunk; it ends with one answer, when all its records have settled or nothing has
 * moved for the stated wait.
 */
export class DoorRequest<T> {
  readonly #host: DoorHost<T>
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  readonly #lines: LineSplitter
  readonly #settled: SettledPrefix
  #next: { readonly value: T } | undefined
  #ending: Ending | undefined
  #isOver = false
  #bytes = 0
  #records = 0
  /** When we last did something for the client, or turned to it. */
  #movedAt: number
  /** Since when we have been waiting for the client, and how long we have in all. */
  #readingSince: number | undefined
  #readMs = 0
  #stopWatch: () => void = () => {}

  constructor(host: DoorHost<T>, req: IncomingMessage, res: ServerResponse) {
    this.#host = host
    this.#req = req
    this.#res = res
    this.#lines = new LineSplitter(host.maxLineBytes)
    this.#settled = new SettledPrefix(host.window)
    this.#movedAt = host.clock.now()
  }

  /** Whether {@link take} would give a record. */
  get isReady(): boolean {
    return this.#next !== undefined && this.#ending === undefined && !this.#settled.isFull
  }

  /** Records handed out and not settled. */
  get unsettled(): number {
    return this.#settled.open
  }

  /** An estimate of the records that it has still to offer. */
  get recordsAhead(): number {
    if (this.#isOver || this.#bytes === 0) return 0
    const length = Number(this.#req.headers['content-length'] ?? Number.NaN)
    const left = (Number.isNaN(length) ? 0 : Math.max(0, length - this.#bytes)) + this.#lines.heldBytes
    const perRecord = Math.max(1, (this.#bytes - this.#lines.heldBytes) / Math.max(1, this.#records))
    return (this.#next === undefined ? 0 : 1) + left / perRecord
  }

  /** Starts to read. */
  start(): void {
    this.#req.on('data', (chunk: Buffer) => this.#onData(chunk))
    this.#req.on('end', () => this.#onEnd())
    this.#req.on('error', () => {}) // 'close' follows, and tells all that matters here
    this.#res.on('close', () => this.#onClose())
    this.#readingSince = this.#host.clock.now()
    this.#watch()
  }

  /** Takes the record that is ready. */
  take(): DoorRecord<T> {
    const value = this.#next?.value as T
    this.#next = undefined
    this.#movedAt = this.#host.clock.now()
    const lease = new DoorLease(this.#settled.add(), this.#onSettled)
    this.#advance()
    return { value, lease }
  }

  /** Offers no more: the door is closing. */
  close(): void {
    this.#end({ kind: 'closing' })
  }

  /** Answers now, with what has been accepted so far. */
  giveUp(): void {
    this.close()
    this.#answer()
  }

  /** Looks for the next record among the bytes that are here; reads on when there is none. */
  #advance(): void {
    try {
      const line = this.#lines.next()
      if (line !== undefined) {
        this.#records++
        this.#next = { value: this.#parse(line) }
        this.#stopReading()
        if (this.isReady) this.#host.ready(this)
        return
      }
    } catch (error) {
      if (!(error instanceof LineError)) throw error
      this.#end({ kind: 'line', error })
      return
    }
    if (this.#req.readableEnded) this.#end({ kind: 'complete' })
    else {
      this.#readingSince ??= this.#host.clock.now()
      this.#req.resume()
    }
  }

  #parse(line: string): T {
    try {
      return this.#host.parse(line, this.#lines.line)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      throw new LineError('malformed', this.#lines.line, message.slice(0, 200))
    }
  }

  #onData(chunk: Buffer): void {
    if (this.#ending !== undefined) return // the rest of a refused body is being thrown away
    this.#req.pause()
    this.#bytes += chunk.length
    if (this.#bytes > this.#host.maxBodyBytes) {
      this.#end({ kind: 'body' })
      return
    }
    this.#lines.push(chunk)
    this.#advance()
  }

  #onEnd(): void {
    if (this.#ending !== undefined) return
    this.#stopReading()
    this.#lines.end()
    if (this.#next === undefined) this.#advance()
  }

  #stopReading(): void {
    if (this.#readingSince === undefined) return
    const now = this.#host.clock.now()
    this.#readMs += now - this.#readingSince
    this.#readingSince = undefined
    this.#movedAt = now
  }

  readonly #onSettled = (index: number, outcome: Outcome, reason: unknown): void => {
    const wasFull = this.#settled.isFull
    const accepted = isAccepted(outcome)
    this.#settled.settle(index, accepted)
    this.#movedAt = this.#host.clock.now()
    this.#host.settled(accepted)
    if (!accepted) this.#end({ kind: 'refused', outcome, reason })
    if (this.#ending !== undefined) this.#answerWhenSettled()
    else if (wasFull && this.isReady) this.#host.ready(this)
  }

  #end(ending: Ending): void {
    if (this.#ending !== undefined) return
    this.#stopReading()
    this.#ending = ending
    this.#next = undefined
    this.#req.pause()
    this.#answerWhenSettled()
  }

  #answerWhenSettled(): void {
    if (this.#settled.open === 0) this.#answer()
  }

  #answer(): void {
    if (this.#isOver) return
    const reply = this.#reply(this.#ending ?? { kind: 'busy' })
    this.#finish(reply.status)
    answer(this.#req, this.#res, this.#host.clock, reply)
  }

  #reply(ending: Ending): Answer {
    const accepted = this.#settled.prefix
    const refuse = (status: 429 | 503, retryAfterMs = this.#host.retryAfterMs()): Answer => {
      return { status, body: { accepted, retryAfterMs }, retryAfterMs }
    }
    switch (ending.kind) {
      case 'complete':
        return this.#settled.open === 0 ? { status: 200, body: { accepted } } : refuse(429)
      case 'busy':
        return refuse(429)
      case 'closing':
        return refuse(503)
      case 'line': {
        const { kind, line, message } = ending.error
        return { status: kind === 'too-long' ? 413 : 400, body: { accepted, line, error: message } }
      }
      case 'body':
        return { status: 413, body: { accepted, error: `the body is longer than ${this.#host.maxBodyBytes} bytes` } }
      case 'slow':
        return { status: 408, body: { accepted, error: 'the body came too slowly' } }
      case 'refused': {
        const shed = isForebayError(ending.reason, 'FOREBAY_SHED') ? (ending.reason as Shed).retryAfterMs : 0
        return refuse(ending.outcome === 'dropped' || shed > 0 ? 429 : 503, shed > 0 ? shed : undefined)
      }
    }
  }

  #onClose(): void {
    this.#ending ??= { kind: 'closing' }
    this.#next = undefined
    if (!this.#isOver) this.#finish(undefined)
  }

  #finish(status: number | undefined): void {
    this.#isOver = true
    this.#stopWatch()
    this.#host.over(this, status)
  }

  /** One timer a request: it never sleeps longer than the shortest wait, so a deadline that comes nearer is not missed. */
  #watch(): void {
    const now = this.#host.clock.now()
    const { waitMs, graceMs, minBytesPerSecond } = this.#host
    const isOurTurn = this.#next !== undefined || this.#settled.open > 0
    const ours = isOurTurn ? this.#movedAt + waitMs : Infinity
    const earnedMs = graceMs + (this.#bytes * 1000) / minBytesPerSecond
    const theirs = this.#readingSince === undefined ? Infinity : this.#readingSince + earnedMs - this.#readMs
    if (now >= ours) {
      this.#end({ kind: 'busy' })
      this.#answer()
    } else if (now >= theirs) this.#end({ kind: 'slow' })
    if (this.#isOver) return
    const pause = Math.min(waitMs, graceMs, ours - now, theirs > now ? theirs - now : Infinity)
    this.#stopWatch = this.#host.clock.after(Math.max(pause, 1), () => this.#watch())
  }
}
