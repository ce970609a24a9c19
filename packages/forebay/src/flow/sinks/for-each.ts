import { settle, type Context } from '../../kernel/context.ts'
import type { Meter } from '../../kernel/meter.ts'
import type { PlanNode, Sink, SinkNode } from '../../kernel/plan.ts'
import type { Taken, Upstream } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import { BUSY, STARVED, type StageAccount } from '../../kernel/stage-account.ts'
import { isThenable, promised } from '../../kernel/is-thenable.ts'

/** What a flow writes to. `write` may return a promise: the next item comes when it has settled. */
export interface Writer<T> {
  write(value: T, signal: AbortSignal): unknown
  /** Called once, after the last write has settled: with nothing when the flow completed, with the error when it did not. */
  close?(failure?: { error: unknown }): unknown
}

/** Calls `writer.write` for each item, at most `concurrency` at once; the result is the number of items. */
export function forEachSink<T>(input: PlanNode, name: string, writer: Writer<T>, concurrency: number): SinkNode {
  return {
    type: 'sink',
    name,
    input,
    bound: concurrency,
    slots: concurrency,
    fused: false,
    create: (env, stage) => new ForEach(writer, concurrency, env, stage),
  }
}

class Slot {
  context: Context | undefined
  startedAt = 0
  readonly ok: () => void
  readonly bad: (error: unknown) => void

  constructor(sink: { settled(slot: Slot): void; failed(slot: Slot, error: unknown): void }) {
    this.ok = () => sink.settled(this)
    this.bad = (error) => sink.failed(this, error)
  }
}

class ForEach<T> implements Sink {
  readonly result: Promise<number>
  #upstream: Upstream | undefined
  #count = 0
  #inUse = 0
  /** Nothing more is taken: the input has ended, or the sink has failed. */
  #inputOver = false
  #over = false
  #failure: { error: unknown } | undefined
  readonly #free: Slot[]
  readonly #writer: Writer<T>
  readonly #signal: AbortSignal
  readonly #meter: Meter
  readonly #stage: StageAccount
  #end!: { resolve: (count: number) => void; reject: (error: unknown) => void }

  constructor(writer: Writer<T>, concurrency: number, env: RunEnvironment, stage: StageAccount) {
    this.#writer = writer
    this.#signal = env.signal
    this.#meter = env.meter
    this.#stage = stage
    this.#free = Array.from({ length: concurrency }, () => new Slot(this))
    this.result = new Promise((resolve, reject) => {
      this.#end = { resolve, reject }
    })
    stage.refresh = () => {
      stage.inFlight = this.#inUse
    }
  }

  attach(upstream: Upstream): void {
    this.#upstream = upstream
  }

  open(): void {
    this.#upstream?.request(this.#free.length)
  }

  next(value: T, context: Context | undefined): void {
    const meter = this.#meter
    const before = meter.now()
    this.#stage.in++
    let result: unknown
    try {
      result = this.#writer.write(value, this.#signal)
    } catch (error) {
      this.#stage.failed++
      settle(context, 'failed', error)
      this.#fail(error)
      return
    }
    if (isThenable(result)) {
      const slot = this.#free.pop() as Slot
      this.#inUse++
      this.#stage.move(STARVED, BUSY)
      slot.context = context
      slot.startedAt = before
      promised(result).then(slot.ok, slot.bad)
      return
    }
    this.#count++
    const ms = meter.now() - before
    if (ms > 0) this.#stage.wasBusy(ms)
    if (context !== undefined) settle(context, 'done')
    this.#upstream?.request(1)
  }

  /** A write that took its time is over: if an item lies ready, the slot goes on with it and stays busy. */
  settled(slot: Slot): void {
    this.#written(slot)
    let item: Taken | undefined
    while (!this.#inputOver && (item = (this.#upstream as Upstream).takeReady()) !== undefined) {
      this.#stage.in++
      slot.context = item.context
      let result: unknown
      try {
        result = this.#writer.write(item.taken as T, this.#signal)
      } catch (error) {
        this.failed(slot, error)
        return
      }
      if (isThenable(result)) {
        promised(result).then(slot.ok, slot.bad)
        return
      }
      this.#written(slot)
    }
    this.#idle(slot)
  }

  failed(slot: Slot, error: unknown): void {
    this.#stage.failed++
    settle(slot.context, 'failed', error)
    slot.context = undefined
    this.#release(slot)
    if (this.#over) this.#closeAfterFailure()
    else this.#fail(error)
  }

  complete(): void {
    this.#inputOver = true
    if (this.#inUse === 0) this.#finish()
  }

  fail(error: unknown): void {
    this.#inputOver = true
    this.#fail(error)
  }

  #written(slot: Slot): void {
    this.#count++
    const now = this.#meter.now()
    this.#stage.served(now - slot.startedAt)
    slot.startedAt = now
    const { context } = slot
    if (context === undefined) return
    slot.context = undefined
    settle(context, 'done')
  }

  /** A slot has nothing to go on with. */
  #idle(slot: Slot): void {
    this.#release(slot)
    if (this.#over) this.#closeAfterFailure()
    else if (!this.#inputOver) this.#upstream?.request(1)
    else if (this.#inUse === 0) this.#finish()
  }

  #release(slot: Slot): void {
    this.#free.push(slot)
    this.#inUse--
    this.#stage.move(BUSY, STARVED)
  }

  /** The failure is told at once, so that the run's signal reaches the writes that are still out; the writer is closed after them. */
  #fail(error: unknown): void {
    if (this.#over) return
    this.#over = true
    this.#failure = { error }
    if (!this.#inputOver) {
      this.#inputOver = true
      this.#upstream?.cancel(error)
    }
    this.#end.reject(error)
    if (this.#inUse === 0) this.#close()
  }

  #closeAfterFailure(): void {
    if (this.#inUse === 0) this.#close()
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.#close()
  }

  #close(): void {
    const failure = this.#failure
    const { resolve, reject } = this.#end
    try {
      const closed = failure === undefined ? this.#writer.close?.() : this.#writer.close?.(failure)
      if (isThenable(closed)) closed.then(() => resolve(this.#count), reject)
      else resolve(this.#count)
    } catch (error) {
      reject(error)
    }
  }
}
