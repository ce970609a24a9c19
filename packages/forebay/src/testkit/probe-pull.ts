import type { Context } from '../kernel/context.ts'
import { BurstPull } from '../kernel/burst-pull.ts'
import type { Port, PullCode } from '../kernel/receiver.ts'

/**
 * How a source probe breaks the rules, to see what the other side makes of it.
 *
 * - `overflow`: sends without credit. - `afterCancel`: sends after it was cancelled.
 * - `afterTerminal`: sends after its end. - `doubleTerminal`: ends twice. - `ignoreCancel`: goes on as if it had
 *   not been cancelled. - `neverComplete`: keeps its end for itself. - `syncReentrant`: wakes its segment from
 *   inside every hand-over.
 */
export type Misbehaviour =
  | 'overflow'
  | 'afterCancel'
  | 'afterTerminal'
  | 'doubleTerminal'
  | 'ignoreCancel'
  | 'neverComplete'
  | 'syncReentrant'

interface Item {
  readonly value: unknown
  readonly context: Context | undefined
}

/**
 * A source that is driven by a test: what it may send is put into it, and it hands that over when it is
 * run with credit. Everything that its consumer does to it is written down.
 */
export class ProbePull extends BurstPull {
  /** Reasons of the cancellations it was told, in order. */
  readonly cancels: unknown[] = []
  /** What the consumer did that the contract forbids. */
  readonly errors: string[] = []
  isStopped = false
  /** Told each item just before it is handed over, and just after. */
  onHanding: ((value: unknown) => void) | undefined
  onHanded: ((value: unknown) => void) | undefined
  /** Bounded by what the test sends. */
  readonly #ready: Item[] = []
  readonly #breaks: ReadonlySet<Misbehaviour>
  #end: { failed: boolean; error: unknown } | undefined
  #isOver = false
  #isRunning = false
  /** An item is out in generated code, which does not say when it is back. */
  #out: { readonly value: unknown } | undefined
  #port: Port | undefined
  #current: Context | undefined

  constructor(breaks: readonly Misbehaviour[] = []) {
    super()
    this.#breaks = new Set(breaks)
  }

  /** Items that it may still send. */
  get credit(): number {
    return this.#port?.n ?? 0
  }

  /** Items that wait for credit. */
  get waiting(): number {
    return this.#ready.length
  }

  get handed(): number {
    return this.at
  }

  /** The loop of `run`, for a probe that keeps the rules. */
  get code(): PullCode | undefined {
    if (this.#breaks.size > 0) return undefined
    return { more: 'pull.more()', item: 'pull.take()', context: 'pull.current()', scope: {} }
  }

  /** It has been cancelled, or has handed over its end. */
  get isOver(): boolean {
    return this.#isOver
  }

  get isEnding(): boolean {
    return this.#end !== undefined
  }

  /** Puts an item into the source. */
  put(value: unknown, context?: Context): void {
    this.#ready.push({ value, context })
    const port = this.#port
    if (port === undefined) return
    if (this.#breaks.has('overflow')) this.#flood(port)
    else if (this.#breaks.has('afterTerminal') && this.#isOver) this.#flood(port)
    else if (this.#breaks.has('afterCancel') && this.cancels.length > 0) this.#flood(port)
    else port.wake()
  }

  /** Ends the source behind what it still has to send. */
  end(failure?: { error: unknown }): void {
    if (this.#breaks.has('neverComplete')) return
    this.#end = { failed: failure !== undefined, error: failure?.error }
    if (this.#port !== undefined && this.#ready.length === 0) this.#report(this.#port)
  }

  override bind(port: Port): void {
    this.#port = port
  }

  override run(port: Port): void {
    if (this.#isRunning) this.errors.push('run is called from inside run')
    if (this.#isOver && this.#breaks.size === 0) this.errors.push('run is called after the end')
    this.#isRunning = true
    this.#out = undefined
    try {
      super.run(port)
      this.#back()
    } finally {
      this.#isRunning = false
    }
  }

  override cancel(reason: unknown): void {
    this.cancels.push(reason)
    if (this.#isRunning) this.errors.push('cancel is called while run is on the stack')
    if (this.cancels.length > 1) this.errors.push('cancel is called twice')
    else if (this.#isOver) this.errors.push('cancel is called after the end')
    if (this.#breaks.has('ignoreCancel')) return
    this.#isOver = true
  }

  stop(): void {
    if (this.#isOver) this.errors.push('stop is called after the end')
    this.isStopped = true
    this.#isOver = true
    this.#port?.done()
  }

  /** The context of the item handed over last: its account is ended by the segment when the hand-over throws. */
  current(): Context | undefined {
    return this.#current
  }

  /** For generated code: whether there is an item to hand over. */
  more(): boolean {
    this.#back()
    return this.#ready.length > 0 && !this.#isOver
  }

  /** For generated code, which has counted the item already. */
  take(): unknown {
    const { value, context } = this.#ready.shift() as Item
    this.#current = context
    this.#out = { value }
    this.onHanding?.(value)
    return value
  }

  #back(): void {
    const out = this.#out
    if (out === undefined) return
    this.#out = undefined
    this.onHanded?.(out.value)
  }

  protected burst(port: Port, left: number): void {
    const stop = this.at + left
    const breaks = this.#breaks.size > 0
    while (this.at < stop && port.n > 0 && this.#ready.length > 0 && (breaks || !this.#isOver)) this.#send(port)
  }

  protected dry(port: Port): void {
    if (this.#ready.length === 0) this.#report(port)
  }

  #send(port: Port): void {
    const { value, context } = this.#ready.shift() as Item
    this.at++
    this.#current = context
    this.onHanding?.(value)
    if (this.#breaks.has('syncReentrant')) port.wake()
    port.step(value, context)
    if (this.#breaks.has('syncReentrant')) port.wake()
    this.onHanded?.(value)
  }

  #report(port: Port): void {
    const end = this.#end
    if (end === undefined || (this.#isOver && !this.#breaks.has('ignoreCancel'))) return
    this.#isOver = true
    const times = this.#breaks.has('doubleTerminal') ? 2 : 1
    for (let time = 0; time < times; time++) {
      if (end.failed) port.failed(end.error)
      else port.done()
    }
  }

  #flood(port: Port): void {
    while (this.#ready.length > 0) this.#send(port)
  }
}
