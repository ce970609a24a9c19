import type { Context } from '../kernel/context.ts'
import type { Junction } from '../kernel/plan.ts'
import type { Port, Pull, Receiver, Upstream } from '../kernel/receiver.ts'
import { RingBuffer } from '../kernel/ring-buffer.ts'
import type { RunEnvironment } from '../kernel/run-environment.ts'
import { BLOCKED, BUSY, STARVED, type StageAccount } from '../kernel/stage-account.ts'
import { BatchCall, blockAnswered } from './batch-call.ts'
import { Gathering } from './gathering.ts'
import type { JobHost } from './job.ts'
import { loseItem } from './lose-item.ts'
import type { BatchWork } from './map-batches-node.ts'
import type { Work } from './work-options.ts'
import { WorkSignal } from './work-signal.ts'

/** How calls are made up and answered. */
export interface BatchShape<A, B> {
  readonly items: number
  readonly withinMs: number
  readonly fallback: ((items: readonly A[], error: unknown) => readonly (B | Error)[]) | undefined
}

/**
 * Batched calls over single items: every item keeps its own context, so one that fails does not take the
 * rest of its call with it.
 *
 *   next ─▶ [ filling ≤ items ] ─▶ [ calls ≤ concurrency ] ─▶ order ─▶ run, item by item
 *
 * Invariant: held = filling + in calls + answered ≤ items · (concurrency + 1).
 */
export class MapBatches<A, B> implements Junction, Receiver<A>, Pull, JobHost<BatchCall<A>> {
  readonly env: RunEnvironment
  readonly stage: StageAccount
  readonly work: Work<any>
  readonly fallback: ((call: BatchCall<A>, error: unknown) => unknown) | undefined
  readonly #fn: BatchWork<A, B>
  readonly #shape: BatchShape<A, B>
  readonly #shared = new WorkSignal(1)
  readonly #calls: readonly BatchCall<A>[]
  readonly #free: BatchCall<A>[]
  readonly #order: RingBuffer<BatchCall<A>>
  readonly #gathering: Gathering<A>
  #upstream: Upstream | undefined
  #port: Port | undefined
  #held = 0
  #granted = 0
  #emitted = 0
  #current: Context | undefined
  #inputEnd: { failed: boolean; error: unknown } | undefined
  #over = false

  constructor(fn: BatchWork<A, B>, work: Work<A>, shape: BatchShape<A, B>, env: RunEnvironment, stage: StageAccount) {
    this.#fn = fn
    this.work = work
    this.#shape = shape
    this.env = env
    this.stage = stage
    const { fallback } = shape
    this.fallback = fallback === undefined ? undefined : (call, error) => fallback(call.values, error)
    this.#calls = Array.from({ length: work.concurrency }, () => new BatchCall<A>(this, this.#shared))
    this.#free = [...this.#calls]
    this.#order = new RingBuffer(work.concurrency)
    this.#gathering = new Gathering(shape.items, shape.withinMs, env.clock, () => this.#dispatch())
    if (work.gate !== undefined) stage.gates.push(env.gate(work.gate))
    stage.refresh = () => {
      stage.inFlight = this.#held
      stage.emitted = this.#emitted
    }
  }

  receiver(): Receiver {
    return this
  }

  attach(_input: number, upstream: Upstream): void {
    this.#upstream = upstream
  }

  pull(): Pull {
    return this
  }

  bind(port: Port): void {
    this.#port = port
  }

  open(): void {
    this.#grant()
  }

  next(value: A, context: Context | undefined): void {
    this.stage.in++
    this.#granted--
    this.#held++
    this.#gathering.add(value, context)
    this.#dispatch()
  }

  complete(): void {
    this.#endInput({ failed: false, error: undefined })
  }

  fail(error: unknown): void {
    this.#endInput({ failed: true, error })
  }

  run(port: Port): void {
    for (const call of this.#calls) if (call.state === BLOCKED) call.to(BUSY)
    let left = port.left()
    const start = left
    while (port.n > 0 && this.#order.length > 0 && left > 0) {
      const call = this.#order.at(0)
      if (call.outcome === 'working') break
      if (call.outcome === 'failed') {
        this.#stop(call, port)
        return
      }
      left -= this.#emit(call, port, left)
      if (this.#over) return
      if (call.next < call.values.length) break
      this.#order.shift()
      this.#recycle(call)
    }
    this.#dispatch()
    this.#grant()
    if (left < start && !port.tick(start - left)) return
    if (left <= 0) port.wake()
    if (port.n <= 0) blockAnswered(this.#order)
    this.#endIfDone(port)
  }

  cancel(reason: unknown): void {
    if (this.#over) return
    if (this.#inputEnd === undefined) this.#upstream?.cancel(reason)
    this.#abandonAll('cancelled', reason)
  }

  current(): Context | undefined {
    return this.#current
  }

  pulled(): number {
    return this.#emitted
  }

  call(call: BatchCall<A>, context: WorkSignal): unknown {
    return this.#fn(call.values, context)
  }

  succeeded(call: BatchCall<A>, value: unknown): void {
    if (Array.isArray(value) && value.length === call.values.length) {
      call.results = value
      this.#answered(call, 'done')
      return
    }
    this.failed(
      call,
      new TypeError(`${this.work.name}: expected ${call.values.length} results in an array, one per item`),
    )
  }

  failed(call: BatchCall<A>, error: unknown): void {
    if (this.work.onError !== 'stop') {
      const failure = error instanceof Error ? error : new Error(String(error), { cause: error })
      call.results = call.values.map(() => failure)
      this.#answered(call, 'done')
      return
    }
    this.stage.failed++
    call.error = error
    this.#stopInput(error)
    this.#answered(call, 'failed')
  }

  released(): void {
    if (this.#over) return
    this.#dispatch()
    this.#grant()
  }

  /** Hands on what the answer has for each item; returns how many items it was. */
  #emit(call: BatchCall<A>, port: Port, most: number): number {
    const results = call.results as readonly unknown[]
    let count = 0
    while (call.next < results.length && port.n > 0 && count < most) {
      const index = call.next++
      const result = results[index]
      const context = call.contexts[index]
      count++
      this.#held--
      if (!(result instanceof Error)) {
        this.#emitted++
        this.#current = context
        port.step(result, context)
      } else if (this.work.onError === 'stop') {
        this.stage.failed++
        this.#held++
        call.next--
        this.#stopInput(result)
        call.error = result
        this.#stop(call, port)
        return count
      } else this.#lose(call.values[index] as A, context, result)
    }
    return count
  }

  #lose(value: A, context: Context | undefined, error: Error): void {
    const { onError, name } = this.work
    if (onError === 'dead-letter' && context?.lease === undefined) this.env.deadLetter?.(value, error, name)
    loseItem(this.env, this.stage, context, onError === 'resume' ? 'error' : 'dead-letter', 'failed', error)
  }

  #answered(call: BatchCall<A>, outcome: 'done' | 'failed'): void {
    call.outcome = outcome
    if (this.work.order !== 'input') this.#order.push(call)
    const port = this.#port
    if (port === undefined || this.#over) return
    if (port.n > 0 || outcome === 'failed') port.wake()
    else blockAnswered(this.#order)
  }

  /** Sends what has gathered, if it is due and a call is free. */
  #dispatch(): void {
    const gathering = this.#gathering
    if (!gathering.isDue || this.#over || gathering.length === 0) return
    const call = this.#free.pop()
    if (call === undefined) return
    Object.assign(call, gathering.take())
    call.outcome = 'working'
    call.next = 0
    if (this.work.order === 'input') this.#order.push(call)
    const { gate, cost } = this.work
    call.start(
      gate === undefined
        ? undefined
        : { cost: cost === undefined ? 1 : call.values.reduce((sum, value) => sum + cost(value), 0) },
    )
  }

  #recycle(call: BatchCall<A>): void {
    call.to(STARVED)
    call.values = []
    call.contexts = []
    call.results = undefined
    this.#free.push(call)
  }

  #grant(): void {
    if (this.#inputEnd !== undefined || this.#over) return
    const { items } = this.#shape
    // Room for the batch that is being filled; another one may gather while all calls are out.
    const free = items - this.#gathering.length - this.#granted
    if (free <= 0 || (this.#gathering.length > 0 && free < items >> 2)) return
    this.#granted += free
    this.#upstream?.request(free)
  }

  #stopInput(error: unknown): void {
    if (this.#inputEnd !== undefined) return
    this.#inputEnd = { failed: true, error }
    this.#upstream?.cancel(error)
  }

  #endInput(end: { failed: boolean; error: unknown }): void {
    if (this.#inputEnd !== undefined) return
    this.#inputEnd = end
    this.#gathering.isDue = true
    this.#dispatch()
    this.#port?.wake()
  }

  #endIfDone(port: Port): void {
    const end = this.#inputEnd
    if (end === undefined || this.#held > 0) return
    this.#over = true
    if (end.failed) port.failed(end.error)
    else port.done()
  }

  #stop(call: BatchCall<A>, port: Port): void {
    this.#abandonAll('failed', call.error)
    port.failed(call.error)
  }

  #abandonAll(reason: string, cause: unknown): void {
    this.#over = true
    this.#shared.abort(cause)
    for (const context of this.#gathering.take().contexts) loseItem(this.env, this.stage, context, reason, 'returned')
    for (const call of this.#calls) {
      call.abandon(cause)
      for (const context of call.contexts.slice(call.next)) loseItem(this.env, this.stage, context, reason, 'returned')
      call.to(STARVED)
      call.contexts = []
    }
    this.#held = 0
  }
}
