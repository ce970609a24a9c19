import { RingBuffer } from '../../packages/forebay/src/kernel/ring-buffer.ts'
import type { Snapshot } from '../../packages/forebay/src/kernel/snapshot.ts'
import { EventQueue } from './event-queue.ts'
import type { Model } from './model.ts'
import { picture } from './picture.ts'
import {
  BLOCKED as blocked,
  BUSY as busy,
  GATED as gated,
  READY as ready,
  STARVED as starved,
  duration,
  hasRoom,
  initialState,
  nextInput,
  targets,
  type EdgeState,
  type StageState,
} from './stage-state.ts'

// Where an import is a property of its module, as under the test runner, reading it millions of times shows.
const BLOCKED = blocked
const BUSY = busy
const GATED = gated
const READY = ready
const STARVED = starved

/** What an event is, packed with the stage's index into one number. */
const FINISH = 0
const LOOP_DONE = 1
const PERMIT = 2

/**
 * Runs a {@link Model} in virtual time and counts what a real run counts.
 *
 * Nothing here calls another stage: a stage that frees or fills an edge marks its neighbour dirty, and the
 * main loop visits dirty ones until none is left. (A simulation that wakes the neighbour before it has set
 * its own state starts a stage twice: the re-entrancy that Reactive Streams §3.3 is about.)
 */
export class Simulation {
  now = 0
  loopActiveMs = 0
  readonly model: Model
  readonly stages: StageState[]
  readonly edges: EdgeState[]
  readonly #events: EventQueue
  readonly #dirty: number[] = []
  readonly #loopQueue: RingBuffer<{ stage: number; ms: number }>
  #loopRuns = false

  constructor(model: Model, seed: number) {
    this.model = model
    const slots = model.stages.reduce((sum, stage) => sum + stage.slots, 0)
    this.#loopQueue = new RingBuffer(slots)
    // One for the work of each slot, one for the next permit of each stage, one for the loop.
    this.#events = new EventQueue(slots + model.stages.length + 1)
    const { stages, edges } = initialState(model, seed)
    this.stages = stages
    this.edges = edges
    for (let index = 0; index < this.stages.length; index++) this.#mark(index)
  }

  /** Moves time by `ms`. */
  advance(ms: number): void {
    const end = this.now + ms
    this.#settle()
    while (this.#events.length > 0 && this.#events.nextAt <= end) {
      this.now = this.#events.nextAt
      this.#fire(this.#events.take())
      this.#settle()
    }
    this.now = end
  }

  /** Whether nothing will ever happen again. */
  get isOver(): boolean {
    return this.#events.length === 0
  }

  inspect(readyIsBusy = true): Snapshot {
    for (const edge of this.edges) this.#integrateEdge(edge)
    return picture(this, readyIsBusy)
  }

  #mark(index: number): void {
    const stage = this.stages[index] as StageState
    if (stage.isDirty) return
    stage.isDirty = true
    this.#dirty.push(index)
  }

  #settle(): void {
    for (let next = this.#dirty.pop(); next !== undefined; next = this.#dirty.pop()) {
      const stage = this.stages[next] as StageState
      stage.isDirty = false
      this.#handOver(stage)
      this.#admit(stage, next)
      this.#start(stage, next)
    }
  }

  #fire(event: number): void {
    const index = event >> 2
    const stage = this.stages[index] as StageState
    const kind = event & 3
    if (kind === PERMIT) {
      stage.permitDue = false
      this.#mark(index)
    } else if (kind === LOOP_DONE) {
      this.#loopRuns = false
      this.#finish(stage, index)
      this.#runLoop()
    } else if (stage.model.loopMs !== undefined) this.#onLoop(index, stage.model.loopMs)
    else this.#finish(stage, index)
  }

  /** Takes inputs while slots are free. */
  #start(stage: StageState, index: number): void {
    while (stage.slotsIn[STARVED]! > 0 && this.#take(stage)) {
      stage.in++
      if (stage.model.gate !== undefined) {
        stage.gated++
        this.#move(stage, STARVED, GATED)
        this.#admit(stage, index)
      } else this.#work(stage, index, STARVED)
    }
  }

  #admit(stage: StageState, index: number): void {
    const { gate } = stage.model
    while (gate !== undefined && stage.gated > 0) {
      if (gate.kind === 'limit' && stage.inUse >= gate.limit) return
      if (gate.kind === 'rate' && stage.nextPermitAt > this.now) {
        if (!stage.permitDue) this.#events.add(stage.nextPermitAt, (index << 2) | PERMIT)
        stage.permitDue = true
        return
      }
      stage.nextPermitAt = Math.max(this.now, stage.nextPermitAt) + 1000 / gate.limit
      stage.gated--
      stage.inUse++
      stage.admitted++
      this.#work(stage, index, GATED)
    }
  }

  #work(stage: StageState, index: number, from: number): void {
    const { model } = stage
    const ms = duration(stage)
    if (model.sync === true) {
      this.#move(stage, from, READY)
      this.#onLoop(index, ms)
      return
    }
    this.#move(stage, from, stage.working)
    this.#events.add(this.now + ms, (index << 2) | FINISH)
  }

  #onLoop(index: number, ms: number): void {
    this.#loopQueue.push({ stage: index, ms })
    this.#runLoop()
  }

  #runLoop(): void {
    if (this.#loopRuns || this.#loopQueue.length === 0) return
    const next = this.#loopQueue.shift()
    const stage = this.stages[next.stage] as StageState
    this.#loopRuns = true
    this.loopActiveMs += next.ms
    stage.cpuMs += next.ms
    if (stage.model.sync === true) this.#move(stage, READY, BUSY)
    this.#events.add(this.now + next.ms, (next.stage << 2) | LOOP_DONE)
  }

  #finish(stage: StageState, index: number): void {
    if (stage.model.gate !== undefined) stage.inUse--
    const needed = targets(stage)
    this.#mark(index)
    if (stage.held.length === 0 && this.#fits(needed)) {
      this.#move(stage, stage.working, STARVED)
      stage.settled++
      if (needed.length > 0) stage.emitted++
      return
    }
    this.#move(stage, stage.working, BLOCKED)
    stage.held.push(needed)
  }

  /** Hands over what is finished, as far as there is room. */
  #handOver(stage: StageState): void {
    const { held } = stage
    if (held.length === 0) return
    for (const output of stage.outputs) {
      this.#integrateEdge(output)
      output.waiting = 0
    }
    let kept = 0
    for (let index = 0; index < held.length; index++) {
      const needed = held[index] as EdgeState[]
      if (this.#fits(needed)) {
        stage.settled++
        stage.emitted++
        this.#move(stage, BLOCKED, STARVED)
      } else held[kept++] = needed
    }
    while (held.length > kept) held.pop()
  }

  /** Puts an item into all of its targets, or into none and waits at those that are full. */
  #fits(needed: readonly EdgeState[]): boolean {
    let isWaiting = false
    for (let index = 0; index < needed.length; index++) {
      const target = needed[index] as EdgeState
      if (hasRoom(target)) continue
      this.#integrateEdge(target)
      target.waiting++
      isWaiting = true
    }
    if (isWaiting) return false
    for (let index = 0; index < needed.length; index++) this.#put(needed[index] as EdgeState)
    return true
  }

  #put(edge: EdgeState): void {
    edge.put++
    if (edge.length >= edge.model.capacity) {
      edge.dropped++
      return
    }
    edge.length++
    this.#mark(edge.model.to)
  }

  #take(stage: StageState): boolean {
    const { inputs, model } = stage
    if (inputs.length === 0) return model.source !== undefined
    if (model.join === 'zip') {
      for (let index = 0; index < inputs.length; index++) if (inputs[index]!.length === 0) return false
      for (let index = 0; index < inputs.length; index++) this.#takeFrom(inputs[index]!)
      return true
    }
    const input = nextInput(stage)
    if (input !== undefined) this.#takeFrom(input)
    return input !== undefined
  }

  #takeFrom(edge: EdgeState): void {
    edge.length--
    edge.taken++
    this.#mark(edge.model.from)
  }

  /** Leaving a state adds the time, entering it takes it away: what is left is the time spent. */
  #move(stage: StageState, from: number, to: number): void {
    stage.slotsIn[from]!--
    stage.slotsIn[to]!++
    stage.ms[from]! += this.now
    stage.ms[to]! -= this.now
  }

  #integrateEdge(edge: EdgeState): void {
    edge.waitedMs += edge.waiting * (this.now - edge.since)
    edge.since = this.now
  }
}
