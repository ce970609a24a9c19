import { settle, type Context } from '../kernel/context.ts'
import type { Ask } from '../kernel/gate.ts'
import type { JunctionNode, PlanNode } from '../kernel/plan.ts'
import type { Port } from '../kernel/receiver.ts'
import type { RunEnvironment } from '../kernel/run-environment.ts'
import { STARVED, type StageAccount } from '../kernel/stage-account.ts'
import { CpuShare } from './cpu-share.ts'
import type { JobHost } from './job-host.ts'
import { Conduit } from './junctions/conduit.ts'
import { KeyLanes } from './key-lanes.ts'
import { giveUpItem, loseItem } from './lose-item.ts'
import { DONE, FAILED, LOST, Slot, SlotRing, WORKING, type Outcome } from './map-async-slot.ts'
import { askFor, workOptions, type MapAsyncOptions, type Work, type WorkContext } from './work-options.ts'
import type { WorkSignal } from './work-signal.ts'

type Fn<A, B> = (value: A, work: WorkContext) => B | PromiseLike<B>

/** The plan of concurrent work on items; see `Flow.mapAsync`. */
export function mapAsyncNode<A, B>(
  input: PlanNode,
  fn: Fn<A, B>,
  options: MapAsyncOptions<A, B>,
  work: Work<A> = workOptions('mapAsync', options),
): JunctionNode {
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
export class MapAsync<A, B> extends Conduit<A> implements JobHost<Slot> {
  readonly work: Work<A>
  readonly fallback: ((slot: Slot, error: unknown) => unknown) | undefined
  readonly #fn: Fn<A, B>
  readonly cpu: CpuShare
  readonly #ring: SlotRing
  readonly #lanes: KeyLanes<Slot>
  #running = 0
  /** Items that are lost and accounted for, and stand in the ring still. */
  #lost = 0
  readonly #isInOrder: boolean
  readonly #isKeyed: boolean
  /** A result has nothing to do but to wait for its turn: no order to keep but that of the ring, no lane, no work that outlives its item. */
  readonly #isSimple: boolean
  /** It has asked to be run. */
  #isDue = false

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
    this.cpu = new CpuShare(stage, env)
    this.#isInOrder = work.order === 'input'
    this.#isKeyed = work.keyOf !== undefined
    this.#isSimple = this.#isInOrder && !this.#isKeyed && work.timeoutMs === Infinity
    this.fallback = fallback === undefined ? undefined : (slot, error) => fallback(slot.value, error)
    this.#ring = new SlotRing(work.buffer, () => new Slot(this))
    this.#lanes = work.lanes?.() ?? new KeyLanes(work.buffer)
    if (work.gate !== undefined) stage.gates.push(env.gate(work.gate))
    const { refresh } = stage
    stage.refresh = () => {
      refresh?.()
      stage.in = this.#ring.entered
    }
  }

  tail(port: { n: number }): (value: A, context: Context | undefined) => void {
    return (value, context) => {
      port.n--
      this.next(value, context)
    }
  }

  next(value: A, context: Context | undefined): void {
    this.granted--
    if (this.#isKeyed) {
      this.#line(value, context)
      return
    }
    this.#running++
    this.#ring.enter(value, context).start()
  }

  run(port: Port): void {
    this.#isDue = false
    const ring = this.#ring
    ring.unblock()
    this.stage.catchUp()
    const start = port.left()
    let left = start
    while (ring.length > 0 && left > 0) {
      const slot = ring.first()
      if (slot.outcome !== DONE) {
        // A failure and a lost item need no demand.
        if (slot.outcome === WORKING) break
        if (slot.outcome === FAILED) return this.#stop(slot)
        this.#leave(slot)
        this.#lost--
        continue
      }
      if (port.n <= 0) break
      const { result, context } = slot
      slot.leave()
      ring.leave(slot)
      this.emitted++
      this.handed = context
      port.step(result, context)
      left--
    }
    if (left < start) port.tick(start - left)
    if (left <= 0 && ring.length > 0) port.wake()
    if (port.n <= 0) ring.block()
    this.settle()
  }

  protected room(): number {
    const { buffer, concurrency } = this.work
    const free = buffer - this.#ring.length
    return this.#isKeyed ? free : Math.min(concurrency - this.#running, free)
  }

  protected held(): number {
    return this.#ring.length - this.#lost
  }

  protected override isDry(): boolean {
    return this.#ring.length === 0
  }

  ask(slot: Slot): Ask {
    return askFor(this.work, slot.value, slot.context, slot.givenUp)
  }

  call(slot: Slot, context: WorkSignal): unknown {
    context.own = slot.context?.own?.value
    return this.#fn(slot.value, context)
  }

  succeeded(slot: Slot, value: unknown): void {
    slot.result = value
    if (!this.#isSimple) return this.#finished(slot, DONE)
    slot.outcome = DONE
    this.#running--
    if (!this.#isDue) this.#wake(DONE)
  }

  failed(slot: Slot, error: unknown): void {
    slot.result = error
    if (this.work.onError === 'stop') {
      this.endInput({ error })
      this.#finished(slot, FAILED)
      return
    }
    slot.outcome = LOST
    this.#lost++
    giveUpItem(this, slot.value, slot.context, error)
    this.#finished(slot, LOST)
  }

  released(): void {
    this.#running--
    this.#startNext()
    this.settle()
  }

  /** It starts when those with its key have left. */
  #line(value: A, context: Context | undefined): void {
    const slot = this.#ring.enter(value, context)
    try {
      slot.key = (this.work.keyOf as (item: A) => unknown)(value)
    } catch (error) {
      slot.key = slot // one that nobody waits behind
      this.#running++
      this.failed(slot, error)
      return
    }
    this.#lanes.enter(slot.key, slot)
    this.#startNext()
  }

  #finished(slot: Slot, outcome: Outcome): void {
    if (this.isOver) return
    slot.outcome = outcome
    if (slot.isFree) this.#running--
    if (!this.#isInOrder) this.#ring.bring(slot)
    if (this.#isKeyed) {
      this.#lanes.leave(slot.key)
      this.#startNext()
    }
    if (!this.#isDue) this.#wake(outcome)
  }

  #wake(outcome: Outcome): void {
    const { port } = this
    if (port.n <= 0 && outcome === DONE) {
      this.#ring.block()
      this.settle()
      return
    }
    this.#isDue = true
    if (this.#running > 0) port.wakeSoon()
    else port.wake()
  }

  /** The first failed item, in order: what came before it is out; the rest of the work is given up. */
  #stop(slot: Slot): void {
    const error = slot.result
    this.#fail(slot)
    this.failNow(error)
  }

  /** The first item leaves. */
  #leave(slot: Slot): void {
    slot.to(STARVED)
    this.#ring.leave(slot)
  }

  protected abandon(reason: string, cause: unknown): void {
    this.#lanes.clear()
    this.#ring.unblock()
    while (this.#ring.length > 0) {
      const slot = this.#ring.first()
      slot.abandon(cause)
      if (slot.outcome === FAILED) {
        this.#fail(slot)
        continue
      }
      if (slot.outcome === LOST) this.#lost--
      else loseItem(this.env, this.stage, slot.context, reason, 'returned')
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
    this.env.meter.now() // the job that starts counts on it
    while (this.#running < this.work.concurrency) {
      const slot = this.#lanes.next()
      if (slot === undefined) return
      this.#running++
      slot.start()
    }
  }
}
