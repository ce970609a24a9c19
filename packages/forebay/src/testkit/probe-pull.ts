import type { Context } from '../kernel/context.ts'
import type { Port, Pull } from '../kernel/receiver.ts'

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
export class ProbePull implements Pull {
  handed = 0
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
  #port: Port | undefined
  #current: Context | undefined

  constructor(breaks: readonly Misbehaviour[] = []) {
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

  bind(port: Port): void {
    this.#port = port
  }

  run(port: Port): void {
    if (this.#isRunning) this.errors.push('run is called from inside run')
    if (this.#isOver && this.#breaks.size === 0) this.errors.push('run is called after the end')
    this.#isRunning = true
    try {
      this.#handOver(port)
    } finally {
      this.#isRunning = false
    }
  }

  cancel(reason: unknown): void {
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

  pulled(): number {
    return this.handed
  }

  /** The context of the item handed over last: its account is ended by the segment when the hand-over throws. */
  current(): Context | undefined {
    return this.#current
  }

  #handOver(port: Port): void {
    let left = port.left()
    let handed = 0
    while (port.n > 0 && this.#ready.length > 0 && (!this.#isOver || this.#breaks.size > 0)) {
      this.#send(port)
      handed++
      if (handed < left) continue
      const goOn = port.tick(handed)
      handed = 0
      left = port.left()
      if (!goOn) break
    }
    if (handed > 0) port.tick(handed)
    if (this.#ready.length === 0) this.#report(port)
  }

  #send(port: Port): void {
    const { value, context } = this.#ready.shift() as Item
    this.handed++
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
