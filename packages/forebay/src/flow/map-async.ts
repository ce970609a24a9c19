import { settle, type Context } from '../kernel/context.ts'
import type { Ask } from '../kernel/gate.ts'
import type { JunctionNode, PlanNode } from '../kernel/plan.ts'
import type { Port } from '../kernel/receiver.ts'
import { RingBuffer } from '../kernel/ring-buffer.ts'
import type { RunEnvironment } from '../kernel/run-environment.ts'
import { STARVED, type StageAccount } from '../kernel/stage-account.ts'
import type { JobHost } from './job-host.ts'
import { Conduit } from './junctions/conduit.ts'
import { KeyLanes } from './key-lanes.ts'
import { giveUpItem, loseItem } from './lose-item.ts'
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
class MapAsync<A, B> extends Conduit<A> implements JobHost<Slot> {
  readonly work: Work<A>
  readonly fallback: ((slot: Slot, error: unknown) => unknown) | undefined
  readonly #fn: Fn<A, B>
  readonly #slots: Slots
  readonly #shared = new WorkSignal(1)
  /** In the order in which results leave. For order `input` an item enters when it comes, else when it is finished. */
  readonly #order: RingBuffer<Slot>
  readonly #lanes: KeyLanes<Slot>
  #held = 0
  #running = 0
  /** Items that are lost and accounted for, and stand in the order still. */
  #lost = 0
  readonly #blocked = new BlockedSlots()

  constructor(
    fn: Fn<A, B>,
    work: Work<A>,
    fallback: ((item: A, error: unknown) => B) | undefined,
    env: RunEnvironment,
    stage: StageAccount,
  ) {
    super(env, stage)
    this.#fn = fn
    this.work = work
    this.fallback = fallback === undefined ? undefined : (slot, error) => fallback(slot.value, error)
    this.#slots = new Slots(work.buffer, () => new Slot(this, this.#shared))
    this.#order = new RingBuffer(work.buffer)
    this.#lanes = new KeyLanes(work.buffer)
    if (work.gate !== undefined) stage.gates.push(env.gate(work.gate))
  }

  next(value: A, context: Context | undefined): void {
    this.stage.in++
    this.granted--
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
    try {
      slot.key = this.work.keyOf?.(value)
    } catch (error) {
      slot.key = slot // one that nobody waits behind
      this.failed(slot, error)
      return
    }
    this.#lanes.enter(slot.key, slot)
    this.#startNext()
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
        this.#stop(slot)
        return
      }
      const { result, context, outcome } = slot
      this.#leave(slot)
      if (outcome === 'lost') continue
      this.emitted++
      this.handed = context
      port.step(result, context)
      if (--left <= 0) break
    }
    if (left < start) port.tick(start - left)
    if (left <= 0 && order.length > 0) port.wake()
    if (port.n <= 0) this.#blocked.mark(this.#order)
    this.settle()
  }

  protected room(): number {
    const { order, concurrency } = this.work
    const { free } = this.#slots
    return order === 'key' ? free : Math.min(concurrency - this.#running, free)
  }

  protected held(): number {
    return this.#held - this.#lost
  }

  protected override isDry(): boolean {
    return this.#held === 0
  }

  ask(slot: Slot): Ask {
    return askFor(this.work, slot.value, slot.context, slot.givenUp)
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
    if (this.work.onError === 'stop') {
      this.endInput({ error })
      this.#finished(slot, 'failed')
      return
    }
    slot.outcome = 'lost'
    this.#lost++
    giveUpItem(this, slot.value, slot.context, error)
    this.#finished(slot, 'lost')
  }

  released(slot: Slot): void {
    slot.working = false
    this.#running--
    if (slot.left) this.#slots.give(slot)
    this.#startNext()
    this.settle()
  }

  #start(slot: Slot): void {
    this.#running++
    slot.working = true
    slot.start()
  }

  #finished(slot: Slot, outcome: 'done' | 'failed' | 'lost'): void {
    if (this.isOver) return
    slot.outcome = outcome
    const { order } = this.work
    if (order !== 'input') this.#order.push(slot)
    if (order === 'key') this.#lanes.leave(slot.key)
    const { port } = this
    // Behind a slower item a finished one keeps its slot busy: the stage itself is what it waits for.
    if (port.n > 0 || outcome !== 'done') port.wake()
    else this.#blocked.mark(this.#order)
  }

  /** The first failed item, in order: what came before it is out; the rest of the work is given up. */
  #stop(slot: Slot): void {
    const error = slot.result
    this.#fail(slot)
    this.failNow(error)
  }

  #leave(slot: Slot): void {
    this.#held--
    if (slot.outcome === 'lost') this.#lost--
    slot.to(STARVED)
    slot.left = true
    if (!slot.working) this.#slots.give(slot)
  }

  protected abandon(reason: string, cause: unknown): void {
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
}
