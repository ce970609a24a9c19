import { settle, type Context } from '../kernel/context.ts'
import type { Ask } from '../kernel/gate.ts'
import type { Port } from '../kernel/receiver.ts'
import { RingBuffer } from '../kernel/ring-buffer.ts'
import type { RunEnvironment } from '../kernel/run-environment.ts'
import { BLOCKED, BUSY, STARVED, type StageAccount } from '../kernel/stage-account.ts'
import { stageClock } from '../kernel/stage-clock.ts'
import { BatchCall, blockAnswered } from './batch-call.ts'
import { CpuShare } from './cpu-share.ts'
import { Gathering } from './gathering.ts'
import type { JobHost } from './job-host.ts'
import { Conduit } from './junctions/conduit.ts'
import { giveUpItem } from './lose-item.ts'
import type { BatchWork } from './map-batches-node.ts'
import type { Work } from './work-options.ts'
import type { WorkSignal } from './work-signal.ts'

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
export class MapBatches<A, B> extends Conduit<A> implements JobHost<BatchCall<A>> {
  readonly work: Work<any>
  readonly fallback: ((call: BatchCall<A>, error: unknown) => unknown) | undefined
  readonly #fn: BatchWork<A, B>
  readonly #shape: BatchShape<A, B>
  readonly cpu: CpuShare
  readonly #calls: readonly BatchCall<A>[]
  readonly #free: BatchCall<A>[]
  readonly #order: RingBuffer<BatchCall<A>>
  readonly #gathering: Gathering<A>
  #held = 0

  constructor(fn: BatchWork<A, B>, work: Work<A>, shape: BatchShape<A, B>, env: RunEnvironment, stage: StageAccount) {
    super(env, stage)
    this.#fn = fn
    this.work = work
    this.cpu = new CpuShare(stage, env)
    this.#shape = shape
    const { fallback } = shape
    this.fallback = fallback === undefined ? undefined : (call, error) => fallback(call.values, error)
    this.#calls = Array.from({ length: work.concurrency }, () => new BatchCall<A>(this))
    this.#free = [...this.#calls]
    this.#order = new RingBuffer(work.concurrency)
    this.#gathering = new Gathering(shape.items, shape.withinMs, stageClock(env.clock, stage), () => {
      this.#dispatch()
      this.settle()
    })
    if (work.gate !== undefined) stage.gates.push(env.gate(work.gate))
  }

  next(value: A, context: Context | undefined): void {
    this.stage.in++
    this.granted--
    this.#held++
    this.#gathering.add(value, context)
    if (this.#dispatch()) this.settle()
  }

  run(port: Port): void {
    for (const call of this.#calls) if (call.state === BLOCKED) call.to(BUSY)
    let left = port.left()
    const start = left
    while (this.#order.length > 0 && left > 0) {
      const call = this.#order.at(0)
      if (call.outcome === 'working') break
      left -= this.#emit(call, port, left)
      // A failure needs no demand.
      if (call.outcome === 'failed') return this.failNow(call.error)
      if (call.next < call.values.length) break
      this.#order.shift()
      this.#recycle(call)
    }
    this.#dispatch()
    if (left < start) port.tick(start - left)
    if (left <= 0) port.wake()
    if (port.n <= 0) blockAnswered(this.#order)
    this.settle()
  }

  /** For the batch that is being filled; another one may gather while all calls are out. */
  protected room(): number {
    const { items } = this.#shape
    const free = items - this.#gathering.length
    // In steps of a quarter, so that a slow trickle does not cost a hand-over per item.
    return this.#gathering.length > 0 && free - this.granted < items >> 2 ? this.granted : free
  }

  protected held(): number {
    return this.#held
  }

  protected override inputEnded(): void {
    this.#gathering.isDue = true
    this.#dispatch()
    super.inputEnded()
  }

  ask({ values, givenUp }: BatchCall<A>): Ask {
    const { cost } = this.work
    return {
      hold: Infinity,
      signal: givenUp,
      ...(cost !== undefined && { cost: values.reduce((sum, value) => sum + cost(value), 0) }),
    }
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
    call.error = error
    this.endInput({ error })
    this.#answered(call, 'failed')
  }

  released(): void {
    this.env.meter.now() // the job that starts counts on it
    this.#dispatch()
    this.settle()
  }

  /** Hands on what the answer has for each item, up to one that fails the flow; returns how many items it was. */
  #emit(call: BatchCall<A>, port: Port, most: number): number {
    const results = call.results ?? []
    let count = 0
    while (call.next < results.length && count < most) {
      const index = call.next
      const result = results[index]
      const context = call.contexts[index]
      if (result instanceof Error) {
        if (this.work.onError === 'stop') {
          this.endInput({ error: result })
          call.error = result
          call.outcome = 'failed'
          this.#fail(call, index + 1)
          break
        }
        call.next++
        this.#held--
        giveUpItem(this, call.values[index], context, result)
      } else {
        if (port.n <= 0) break
        call.next++
        this.#held--
        this.emitted++
        this.handed = context
        port.step(result, context)
      }
      count++
    }
    return count
  }

  /** The items of a call up to the one before `end` have failed: only now they are not held any more. */
  #fail(call: BatchCall<A>, end: number): void {
    for (; call.next < end; call.next++) {
      this.stage.failed++
      this.#held--
      settle(call.contexts[call.next], 'failed', call.error)
    }
  }

  #answered(call: BatchCall<A>, outcome: 'done' | 'failed'): void {
    call.outcome = outcome
    if (this.work.order !== 'input') this.#order.push(call)
    // Also without demand: an item that failed needs none.
    if (!this.isOver) this.port.wake()
  }

  /** Sends what has gathered, if it is due and a call is free. */
  #dispatch(): boolean {
    const gathering = this.#gathering
    if (!gathering.isDue || this.isOver || gathering.length === 0) return false
    const call = this.#free.pop()
    if (call === undefined) return false
    Object.assign(call, gathering.take())
    call.outcome = 'working'
    call.next = 0
    if (this.work.order === 'input') this.#order.push(call)
    call.start()
    return true
  }

  #recycle(call: BatchCall<A>): void {
    call.to(STARVED)
    call.values = []
    call.contexts = []
    call.results = undefined
    this.#free.push(call)
  }

  protected abandon(reason: string, cause: unknown): void {
    for (const context of this.#gathering.take().contexts) this.lose(context, reason, 'returned')
    for (const call of this.#calls) {
      call.abandon(cause)
      if (call.outcome === 'failed' && call.results === undefined) this.#fail(call, call.values.length)
      for (const context of call.contexts.slice(call.next)) this.lose(context, reason, 'returned')
      call.to(STARVED)
      call.contexts = []
    }
    this.#held = 0
  }
}
