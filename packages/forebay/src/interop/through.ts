import { Passage } from '../flow/junctions/passage.ts'
import { ForebayError } from '../kernel/errors.ts'
import { joinContexts, noRecord, settle, type Context } from '../kernel/context.ts'
import type { Port } from '../kernel/receiver.ts'
import type { RunEnvironment } from '../kernel/run-environment.ts'
import { BUSY, type StageAccount } from '../kernel/stage-account.ts'
import type { Exchange } from './exchange.ts'

/** What a {@link Through} is told. */
export interface ThroughSettings<A, B> {
  readonly name: string
  /** Makes the exchange of one run. */
  readonly open: () => Exchange<A, B>
  /** Items written for which nothing has come out yet. */
  readonly maxHeld: number
  /** The error that the flow fails with, for one of the exchange. */
  readonly failure: (error: unknown) => unknown
}

/** Items that are inside, and their contexts where there are any. */
interface Inside {
  items: number
  readonly contexts: Context[]
}

/**
 * Items through an {@link Exchange}. It reads only with credit, or to learn of the end; it writes only while a read
 * waits, so that what the exchange holds is its own buffer and no more.
 *
 *   credit ─▶ read ─▶ waits ─▶ room for one item ─▶ write ─▶ …          chunk ─▶ [ 1 ] ─▶ hand
 *
 * What is written between two chunks belongs to the second one, which carries the joined contexts; a chunk that comes
 * with nothing written since the last one is of no record.
 */
export class Through<A, B> extends Passage<A, B> {
  readonly #settings: ThroughSettings<A, B>
  #exchange: Exchange<A, B> | undefined
  #inside: Inside = { items: 0, contexts: [] }
  #chunk: { readonly value: B; readonly from: Inside } | undefined
  #isReading = false
  /** The item that is being written, and what it is inside of: a chunk may have come meanwhile. */
  #writing: { readonly context: Context | undefined; readonly inside: Inside } | undefined
  /** Each end is over: closed, or given up. */
  #isWritten = false
  #isRead = false

  constructor(settings: ThroughSettings<A, B>, env: RunEnvironment, stage: StageAccount) {
    super(env, stage)
    this.#settings = settings
  }

  override open(): void {
    try {
      this.#exchange = this.#settings.open()
    } catch (error) {
      return this.failNow(error)
    }
    super.open()
  }

  override run(port: Port): void {
    super.run(port)
    this.#read()
    this.settle()
    this.account()
  }

  protected take(item: A, context: Context | undefined): void {
    const { name, maxHeld } = this.#settings
    if (this.#inside.items >= maxHeld) {
      throw new ForebayError(
        'FOREBAY_OVERFLOW',
        `${name}: ${maxHeld} items went in and nothing has come out: give it larger items, or raise maxHeld`,
      )
    }
    const writing = this.#exchange?.write(item)
    this.#inside.items++
    if (context !== undefined) this.#inside.contexts.push(context)
    if (writing === undefined) return
    this.#writing = { context, inside: this.#inside }
    writing.then(
      () => {
        this.#writing = undefined
        this.changed()
      },
      (error: unknown) => this.#broke(error),
    )
  }

  protected hand(port: Port): void {
    const { value, from } = this.#chunk as { value: B; from: Inside }
    this.#chunk = undefined
    const { items, contexts } = from
    this.emit(port, value, items === 0 ? noRecord : contexts.length === 0 ? undefined : joinContexts(contexts))
  }

  protected override isReady(): boolean {
    return this.#chunk !== undefined
  }

  protected room(): number {
    return this.#isReading && this.#writing === undefined ? 1 : 0
  }

  protected held(): number {
    return this.#inside.items + (this.#chunk?.from.items ?? 0)
  }

  protected override isDry(): boolean {
    return this.#isRead && this.#isWritten && this.#chunk === undefined
  }

  protected override account(): void {
    if (this.#writing !== undefined) this.stage.to(BUSY)
    else super.account()
  }

  protected override flush(): void {
    if (this.end?.failed === true) return this.#giveUp('failed', this.end.error)
    if (this.#isWritten) return
    this.#exchange?.close().then(
      () => {
        this.#isWritten = true
        this.#isOut()
        this.changed()
      },
      (error: unknown) => this.#broke(error),
    )
    this.#read()
  }

  protected abandon(reason: 'cancelled' | 'failed', cause: unknown): void {
    if (this.#chunk !== undefined) this.#loseAll(this.#chunk.from, reason)
    this.#chunk = undefined
    this.#giveUp(reason, cause)
  }

  /** Before the end only with credit; behind it, so that the last chunk and the end need none. */
  #read(): void {
    if (this.isOver || this.#isRead || this.#isReading || this.#chunk !== undefined) return
    if (!this.hasCredit() && this.end === undefined) return
    this.#isReading = true
    this.#exchange?.read().then(
      ({ done, value }) => {
        this.#isReading = false
        if (this.isOver || this.#isRead) return
        if (done) this.#ended()
        else this.#chunk = { value: value as B, from: this.#inside }
        if (!done) this.#inside = { items: 0, contexts: [] }
        if (this.end !== undefined) this.#read()
        this.changed()
      },
      (error: unknown) => this.#broke(error),
    )
  }

  /** Nothing more comes out. An exchange that has had enough before its input has ended takes no more. */
  #ended(): void {
    this.#isRead = true
    if (this.end !== undefined) return this.#isOut()
    this.#isWritten = true
    this.#isOut()
    this.#exchange?.abandon(`${this.#settings.name}: nothing more comes out`)
    this.endInput()
  }

  /** What went in and came out as nothing has been consumed. */
  #isOut(): void {
    if (!this.#isRead || !this.#isWritten) return
    for (const context of this.#inside.contexts) settle(context, 'filtered')
    this.#inside = { items: 0, contexts: [] }
  }

  /** The exchange has failed: what has come out is handed on, what is inside is lost, and then the flow fails. */
  #broke(error: unknown): void {
    this.#isReading = false
    if (this.isOver || (this.#isRead && this.#isWritten)) return
    const failure = this.#settings.failure(error)
    this.#failWriting(failure)
    this.#giveUp('failed', failure)
    if (this.end === undefined) this.endInput({ error: failure })
    else this.end = { failed: true, error: failure }
    this.changed()
  }

  /** The item that was being written has failed, unless a chunk has come of it. */
  #failWriting(error: unknown): void {
    const writing = this.#writing
    if (writing === undefined || writing.inside !== this.#inside) return
    this.#inside.items--
    if (writing.context !== undefined) this.#inside.contexts.pop()
    this.stage.failed++
    settle(writing.context, 'failed', error)
  }

  #giveUp(reason: 'cancelled' | 'failed', cause: unknown): void {
    this.#isRead = true
    this.#isWritten = true
    this.#writing = undefined
    this.#isReading = false
    this.#loseAll(this.#inside, reason)
    this.#inside = { items: 0, contexts: [] }
    this.#exchange?.abandon(cause)
  }

  #loseAll({ items, contexts }: Inside, reason: string): void {
    for (let i = 0; i < items; i++) this.lose(contexts[i], reason, 'returned')
  }
}
