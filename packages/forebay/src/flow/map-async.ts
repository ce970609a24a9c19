import { settle, type Context } from '../kernel/context.ts'
import type { Junction, JunctionNode, PlanNode } from '../kernel/plan.ts'
import type { Port, Pull, Receiver, Upstream } from '../kernel/receiver.ts'
import { RingBuffer } from '../kernel/ring-buffer.ts'
import type { RunEnvironment } from '../kernel/run-environment.ts'
import { STARVED, type StageAccount } from '../kernel/stage-account.ts'
import type { JobHost } from './job.ts'
import { KeyLanes } from './key-lanes.ts'
import { loseItem } from './lose-item.ts'
import { BlockedSlots, Slot, Slots } from './map-async-slot.ts'
import { askFor, workOptions, type MapAsyncOptions, type Work, type WorkContext } from './work-options.ts'
import { WorkSignal } from './work-signal.ts'

type Fn<A, B> = (value: A, work: WorkContext) => B | PromiseLike<B>

/** The plan of concurrent work on items; see `Flow.mapAsync`. */
export function mapAsyncNode<A, B>(input: PlanNode, fn: Fn<A, B>, options: MapAsyncOptions<A, B>): JunctionNode {
  const work = workOptions('mapAsync', options)
  return {
    type: 'junction',
    kind: 'mapAsync',
    name: work.name,
    inputs: [input],
    bound: work.buffer,
    cardinality: 'one',
    slots: work.concurrency,
    sync: false,
    create: (env, stage) => new MapAsync(fn, work, options.fallback, env, stage),
  }
}

/**
 * Concurrent work. `concurrency` bounds what runs, `buffer` what is in the stage at all: running, waiting
 * for its key, or finished behind a slower item.
 *
 *   next ─▶ [ slots: ≤ concurrency running ] ─▶ order ─▶ run
 *
 * Invariant: held ≤ buffer, running ≤ concurrency, and upstream holds credit only for what still fits.
 */
class MapAsync<A, B> implements Junction, Receiver<A>, Pull, JobHost<Slot> {
  readonly env: RunEnvironment
  readonly stage: StageAccount
  readonly work: Work<A>
  readonly fallback: ((slot: Slot, error: unknown) => unknown) | undefined
  readonly #fn: Fn<A, B>
  readonly #slots: Slots
  readonly #shared = new WorkSignal(1)
  /** In the order in which results leave. For order `input` an item enters when it comes, else when it is finished. */
  readonly #order: RingBuffer<Slot>
  readonly #lanes: KeyLanes<Slot>
  #upstream: Upstream | undefined
  #port: Port | undefined
  #held = 0
  #running = 0
  #granted = 0
  #emitted = 0
  /** Items that are lost and accounted for, and stand in the order still. */
  #lost = 0
  #inputEnd: { failed: boolean; error: unknown } | undefined
  #over = false
  /** The context handed on last. */
  #current: Context | undefined
  readonly #blocked = new BlockedSlots()

  constructor(
    fn: Fn<A, B>,
    work: Work<A>,
    fallback: ((item: A, error: unknown) => B) | undefined,
    env: RunEnvironment,
    stage: StageAccount,
  ) {
    this.#fn = fn
    this.work = work
    this.env = env
    this.stage = stage
    this.fallback = fallback === undefined ? undefined : (slot, error) => fallback(slot.value, error)
    this.#slots = new Slots(work.buffer, () => new Slot(this, this.#shared))
    this.#order = new RingBuffer(work.buffer)
    this.#lanes = new KeyLanes(work.buffer)
    if (work.gate !== undefined) stage.gates.push(env.gate(work.gate))
    stage.refresh = () => {
      stage.inFlight = this.#held - this.#lost
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
    const slot = this.#slots.take()
    slot.value = value
    slot.context = context
    slot.outcome = 'working'
    slot.left = false
    const { order } = this.work
    if (order === 'input') this.#order.push(slot)
    if (order !== 'key') {
      this.#start(slot)
      return
    }
    slot.key = this.work.keyOf?.(value)
    this.#lanes.enter(slot.key, slot)
    this.#startNext()
  }

  complete(): void {
    this.#endInput({ failed: false, error: undefined })
  }

  fail(error: unknown): void {
    this.#endInput({ failed: true, error })
  }

  run(port: Port): void {
    this.#blocked.clear()
    const order = this.#order
    let left = port.left()
    const start = left
    while (order.length > 0) {
      const slot = order.at(0)
      // A failure and a lost item need no demand.
      if (slot.outcome === 'working' || (slot.outcome === 'done' && port.n <= 0)) break
      order.shift()
      if (slot.outcome === 'failed') {
        this.#stop(slot, port)
        return
      }
      const { result, context, outcome } = slot
      this.#leave(slot)
      if (outcome === 'lost') continue
      this.#emitted++
      this.#current = context
      port.step(result, context)
      if (--left <= 0) break
    }
    this.#grant()
    if (left < start) port.tick(start - left)
    if (left <= 0 && order.length > 0) port.wake()
    if (port.n <= 0) this.#blocked.mark(this.#order)
    const end = this.#inputEnd
    if (end === undefined || this.#held > 0) return
    this.#over = true
    if (end.failed) port.failed(end.error)
    else port.done()
  }

  current(): Context | undefined {
    return this.#current
  }

  cancel(reason: unknown): void {
    if (this.#over) return
    this.#over = true
    if (this.#inputEnd === undefined) this.#upstream?.cancel(reason)
    this.#abandonAll('cancelled', reason)
  }

  pulled(): number {
    return this.#emitted
  }

  call(slot: Slot, context: WorkSignal): unknown {
    return this.#fn(slot.value, context)
  }

  succeeded(slot: Slot, value: unknown): void {
    slot.result = value
    this.#finished(slot, 'done')
  }

  failed(slot: Slot, error: unknown): void {
    slot.result = error
    const { onError, name } = this.work
    if (onError === 'stop') {
      if (this.#inputEnd === undefined) {
        this.#inputEnd = { failed: true, error }
        this.#upstream?.cancel(error)
      }
      this.#finished(slot, 'failed')
      return
    }
    if (onError === 'dead-letter' && slot.context?.lease === undefined) this.env.deadLetter?.(slot.value, error, name)
    loseItem(this.env, this.stage, slot.context, onError === 'resume' ? 'error' : 'dead-letter', 'failed', error)
    this.#lost++
    this.#finished(slot, 'lost')
  }

  released(slot: Slot): void {
    slot.working = false
    this.#running--
    if (slot.left) this.#slots.give(slot)
    this.#startNext()
    if (!this.#over) this.#grant()
  }

  #start(slot: Slot): void {
    this.#running++
    slot.working = true
    slot.start(this.work.gate === undefined ? undefined : askFor(this.work, slot.value, slot.context))
  }

  #finished(slot: Slot, outcome: 'done' | 'failed' | 'lost'): void {
    slot.outcome = outcome
    const { order } = this.work
    if (order !== 'input') this.#order.push(slot)
    if (order === 'key') this.#lanes.leave(slot.key)
    const port = this.#port
    if (port === undefined || this.#over) return
    // Behind a slower item a finished one keeps its slot busy: the stage itself is what it waits for.
    if (port.n > 0 || outcome !== 'done') port.wake()
    else this.#blocked.mark(this.#order)
  }

  /** The first failed item, in order: what came before it is out; the rest of the work is given up. */
  #stop(slot: Slot, port: Port): void {
    const error = slot.result
    this.#over = true
    this.#fail(slot)
    this.#abandonAll('failed', error)
    port.failed(error)
  }

  #leave(slot: Slot): void {
    this.#held--
    if (slot.outcome === 'lost') this.#lost--
    slot.to(STARVED)
    slot.left = true
    if (!slot.working) this.#slots.give(slot)
  }

  #abandonAll(reason: string, cause: unknown): void {
    this.#shared.abort(cause)
    this.#blocked.clear()
    const lost = this.#slots.taken()
    this.#lanes.clear()
    while (this.#order.length > 0) this.#order.shift()
    for (const slot of lost) {
      if (slot.left) continue
      slot.abandon(cause)
      if (slot.outcome === 'failed') {
        this.#fail(slot)
        continue
      }
      if (slot.outcome !== 'lost') loseItem(this.env, this.stage, slot.context, reason, 'returned')
      this.#leave(slot)
    }
  }

  /** An item whose work failed for good leaves: only now it is not held any more. */
  #fail(slot: Slot): void {
    this.stage.failed++
    settle(slot.context, 'failed', slot.result)
    this.#leave(slot)
  }

  #startNext(): void {
    while (this.#running < this.work.concurrency) {
      const slot = this.#lanes.next()
      if (slot === undefined) return
      this.#start(slot)
    }
  }

  #grant(): void {
    if (this.#inputEnd !== undefined || this.#over) return
    const { order, buffer, concurrency } = this.work
    const fits = this.#slots.free - this.#granted
    const free = order === 'key' ? fits : Math.min(concurrency - this.#running - this.#granted, fits)
    if (free <= 0 || this.#held + this.#granted + free > buffer) return
    this.#granted += free
    this.#upstream?.request(free)
  }

  #endInput(end: { failed: boolean; error: unknown }): void {
    if (this.#inputEnd !== undefined) return
    this.#inputEnd = end
    this.#port?.wake()
  }
}
