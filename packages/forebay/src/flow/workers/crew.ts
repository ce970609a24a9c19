import { settle, type Context } from '../../kernel/context.ts'
import type { Random } from '../../kernel/random.ts'
import type { Port } from '../../kernel/receiver.ts'
import { RingBuffer } from '../../kernel/ring-buffer.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { stageClock } from '../../kernel/stage-clock.ts'
import type { Clock } from '../../kernel/clock.ts'
import { CpuShare } from '../cpu-share.ts'
import { Conduit } from '../junctions/conduit.ts'
import { giveUpItem, loseItem } from '../lose-item.ts'
import type { CrewWork } from './crew-options.ts'
import { diedError, itemError, startError } from './item-error.ts'
import { ParcelSize } from './parcel-size.ts'
import { Roster } from './roster.ts'
import type { Seat, SeatHost } from './seat.ts'
import { DONE, FAILED, LOST, WORKING, WorkerItem } from './worker-item.ts'
import type { Answer, StartWorker } from './worker-port.ts'

/** Workers of one seat that may end in a row before they are ready, once others were. */
const MOST_STARTS = 5

/**
 * Work that is done by workers outside of this thread. Items go to them in parcels, to whoever has the least, so that a
 * worker finds its next parcel when it has ended one.
 *
 *   next ─▶ [ line ≤ a parcel ] ─▶ seats, each ≤ its share ─▶ order ─▶ run, item by item
 *               ▲                     │ died
 *               └── [ suspects, each alone ] ◀─┘
 *
 * Invariant: held ≤ seats · share + items, and upstream holds credit only for what still fits.
 */
export class Crew extends Conduit implements SeatHost {
  readonly work: CrewWork
  readonly clock: Clock
  readonly random: Random
  readonly timeoutMs: number
  readonly startMs: number
  readonly start: StartWorker
  readonly #roster: Roster
  readonly #size: ParcelSize
  readonly #cpu: CpuShare
  readonly #line: RingBuffer<WorkerItem>
  /** Items whose worker has died: each is tried alone, so that the one it died of takes no other along. */
  readonly #suspects: RingBuffer<WorkerItem>
  /** Items as they leave: all of them in order of input, else those that have ended. */
  readonly #order: RingBuffer<WorkerItem>
  readonly #isInOrder: boolean
  #held = 0
  #parcels = 0
  #wasReady = false
  /** An item has failed the flow: no other is begun any more. */
  #isFailing = false
  /** It has asked to be run. */
  #isDue = false

  constructor(start: StartWorker, work: CrewWork, bound: number, env: RunEnvironment, stage: StageAccount) {
    super(env, stage)
    this.start = start
    this.work = work
    this.clock = stageClock(env.clock, stage)
    this.random = env.random
    this.timeoutMs = work.timeoutMs
    this.startMs = work.startMs
    this.#isInOrder = work.order === 'input'
    this.#size = new ParcelSize(work.items)
    this.#cpu = new CpuShare(stage, env)
    this.#roster = new Roster(this, stage)
    this.#line = new RingBuffer(bound)
    this.#suspects = new RingBuffer(bound)
    this.#order = new RingBuffer(bound)
  }

  override open(): void {
    this.resize(this.work.concurrency)
  }

  /** It has so many workers from now on, or soon. */
  protected resize(workers: number): void {
    this.#roster.resize(workers)
    this.#changed()
  }

  next(value: unknown, context: Context | undefined): void {
    this.granted--
    this.stage.in++
    this.#held++
    const item = new WorkerItem(value, context)
    this.#line.push(item)
    if (this.#isInOrder) this.#order.push(item)
    if (this.#line.length >= this.#size.items) this.#dispatch()
    this.#wake()
  }

  run(port: Port): void {
    this.#isDue = false
    const order = this.#order
    let left = port.left()
    const start = left
    while (order.length > 0 && left > 0) {
      const item = order.at(0)
      if (item.outcome === WORKING) break
      // A failure and a lost item need no demand.
      if (item.outcome === FAILED) return this.#stopAt(item)
      if (item.outcome === DONE) {
        if (port.n <= 0) break
        this.#held--
        this.emitted++
        this.handed = item.context
        order.shift()
        port.step(item.result, item.context)
        left--
      } else order.shift()
    }
    if (left < start) port.tick(start - left)
    if (left <= 0 && order.length > 0) port.wake()
    this.#changed()
  }

  /** Whether all its workers take items. */
  protected isReady(): boolean {
    return this.#roster.isReady
  }

  protected room(): number {
    const { items } = this.#size
    // An item that is lost keeps its place among the others until its turn comes.
    const taken = this.#isInOrder ? this.#order.length : this.#held
    return Math.max(0, this.#roster.staying * this.work.share(items) + items - taken)
  }

  protected held(): number {
    return this.#held
  }

  protected override isDry(): boolean {
    return this.#order.length === 0 && this.#held === 0 && this.#roster.isEmpty
  }

  ready(): void {
    this.#wasReady = true
    this.#changed()
  }

  answered(items: readonly WorkerItem[], { results, errors, ms }: Answer): void {
    this.env.meter.now()
    const each = ms / items.length
    const failed = errors.length === 0 ? undefined : new Set(errors.map(([at]) => at))
    for (let at = 0; at < items.length; at++) {
      this.stage.served(each)
      const item = items[at] as WorkerItem
      item.result = results[at]
      // Those that have failed come below: what they do may end the run.
      if (failed?.has(at) !== true) this.#ended(item, DONE)
    }
    this.#size.took(ms, items.length)
    for (const [at, error] of errors) {
      const item = items[at] as WorkerItem
      if (!this.isOver) this.#failed(item, itemError(this.work, item, error))
    }
  }

  freed(seat: Seat): void {
    this.#roster.release(seat)
    if (this.isOver) return
    this.#dispatch()
    this.#wake()
  }

  died(seat: Seat, items: readonly WorkerItem[], cause: unknown): void {
    if (seat.failedStarts > 0 && (!this.#wasReady || seat.failedStarts >= MOST_STARTS)) {
      return this.failNow(startError(this.work, cause))
    }
    for (const item of items) {
      if (item.outcome !== WORKING || this.isOver) continue
      if (++item.deaths <= this.work.retries) {
        this.stage.retried++
        this.#suspects.push(item)
        continue
      }
      this.#failed(item, diedError(this.work, item, cause))
    }
    if (!this.isOver) this.#changed()
    this.#wake()
  }

  stopped(seat: Seat): void {
    this.#roster.remove(seat)
    if (!this.isOver) this.#changed()
  }

  #ended(item: WorkerItem, outcome: typeof DONE | typeof LOST | typeof FAILED): void {
    item.outcome = outcome
    if (!this.#isInOrder && outcome !== LOST) this.#order.push(item)
  }

  #failed(item: WorkerItem, error: unknown): void {
    if (this.work.onError === 'stop') {
      item.result = error
      this.#ended(item, FAILED)
      this.#isFailing = true
      this.endInput({ error })
      return
    }
    this.#held--
    this.#ended(item, LOST)
    giveUpItem(this, item.value, item.context, error)
  }

  /** After everything that happens outside of a run. */
  #wake(): void {
    if (this.isOver || this.#isDue) return
    this.#isDue = true
    this.port.wake()
  }

  #changed(): void {
    this.#dispatch(true)
    // Nothing comes and nothing is left: the end comes when no worker is left either.
    if (this.end !== undefined && this.#held === 0) this.#roster.stop()
    this.settle()
    this.#roster.account(this.#held > 0, this.hasCredit())
  }

  /** Sends what waits; less than a parcel only to a worker that has nothing to do, and when nothing more comes now. */
  #dispatch(isLast = false): void {
    const { items } = this.#size
    while (this.#suspects.length > 0) {
      const seat = this.#roster.least()
      if (seat === undefined || seat.items > 0) break
      seat.isAlone = true
      this.#give(seat, [this.#suspects.shift()])
    }
    while (this.#line.length > 0 && !this.#isFailing) {
      const seat = this.#roster.least()
      if (seat === undefined) return
      const free = this.work.share(items) - seat.items
      // Small parcels would stay small: what waits for a place of its size grows.
      const isWhole = this.#line.length >= items && free >= items
      if (!isWhole && (!isLast || free <= 0 || seat.items >= this.work.perWorker)) return
      const most = Math.min(items, free)
      const parcel: WorkerItem[] = []
      while (parcel.length < most && this.#line.length > 0) parcel.push(this.#line.shift())
      this.#give(seat, parcel)
    }
  }

  /** One that cannot be sent must not take the others with it. */
  #give(seat: Seat, items: readonly WorkerItem[]): void {
    try {
      const send = (): void => seat.give(++this.#parcels, items)
      // What is left of the work for this thread: to copy the items.
      if (this.#cpu.isDue()) this.#cpu.time(send)
      else send()
    } catch (error) {
      if (items.length > 1) {
        for (const item of items) if (!this.isOver) this.#give(seat, [item])
        return
      }
      seat.isAlone = false
      const [item] = items as [WorkerItem]
      this.#failed(item, itemError(this.work, item, error))
      this.#wake()
    }
  }

  /** The first item that has failed, in order: what came before it is out; the rest is given up. */
  #stopAt(item: WorkerItem): void {
    this.#order.shift()
    this.#fail(item)
    this.failNow(item.result)
  }

  #fail(item: WorkerItem): void {
    this.#held--
    this.stage.failed++
    settle(item.context, 'failed', item.result)
  }

  protected abandon(reason: string): void {
    const given = this.#roster.given().filter(({ outcome }) => outcome === WORKING)
    const waiting = [this.#order, this.#line, this.#suspects].flatMap((ring) => [...emptied(ring)])
    for (const item of new Set([...waiting, ...given])) {
      if (item.outcome === FAILED) this.#fail(item)
      else if (item.outcome !== LOST) {
        this.#held--
        loseItem(this.env, this.stage, item.context, reason, 'returned')
      }
    }
    this.#roster.stop()
  }
}

function* emptied(ring: RingBuffer<WorkerItem>): Generator<WorkerItem> {
  while (ring.length > 0) yield ring.shift()
}
