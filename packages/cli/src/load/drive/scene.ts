import type { Clock } from 'forebay'
import { budget, type Budget } from 'forebay/gates'
import { deadlineHeader, levelHeader } from 'forebay/http'
import { seededRandom, type Random } from 'forebay/testkit'
import { Recorder } from '../measure/recorder.ts'
import type { Ending } from '../measure/tally.ts'
import type { CheckedPlan } from '../plan/check-plan.ts'
import type { Arrival } from '../plan/schedule.ts'
import { Journey } from './journey.ts'
import { QuietTimes } from './quiet-times.ts'
import type { Transport, WireAnswer } from './transport.ts'

/** What all requests of a run share: time, chance, connections and accounts. Times are ms from the beginning of the first phase. */
export class Scene {
  readonly plan: CheckedPlan
  readonly recorder: Recorder
  readonly quiet: QuietTimes
  readonly budget: Budget
  /** Chance for pauses: the schedule has its own, so that answers do not change it. */
  readonly random: Random
  readonly #clock: Clock
  readonly #transport: Transport
  /** When the first phase begins, on the clock. */
  readonly #beginsAt: number
  readonly #journeys = new Set<Journey>() // bounded by plan.inFlight
  readonly #onIdle: () => void
  /** Attempts on the wire, those that were given up and are not closed yet too. */
  #wires = 0

  constructor(plan: CheckedPlan, transport: Transport, clock: Clock, onIdle: () => void) {
    this.plan = plan
    this.recorder = new Recorder(plan)
    this.quiet = new QuietTimes(plan.tenants.length)
    this.budget = budget({ clock })
    this.random = seededRandom(plan.seed ^ 0x5bd1e995)
    this.#clock = clock
    this.#transport = transport
    this.#beginsAt = clock.now() + plan.warmUpMs
    this.#onIdle = onIdle
  }

  now(): number {
    return this.#clock.now() - this.#beginsAt
  }

  after(ms: number, callback: () => void): () => void {
    return this.#clock.after(ms, callback)
  }

  get inFlight(): number {
    return this.#journeys.size
  }

  isFull(): boolean {
    return this.#journeys.size > this.plan.inFlight
  }

  hasConnection(): boolean {
    return this.#wires < this.plan.connections
  }

  begin(arrival: Arrival): void {
    if (arrival.phase >= 0) this.recorder.begun(Math.max(0, this.now() - arrival.at))
    const journey = new Journey(this, arrival)
    this.#journeys.add(journey)
    journey.begin()
  }

  send(arrival: Arrival, leftMs: number, done: (answer: WireAnswer) => void): { abort(): void } {
    const { requests, tenants, levels } = this.plan
    const { method, path, headers, body } = requests[arrival.request] as (typeof requests)[number]
    const { origin, headers: ofTenant } = tenants[arrival.tenant] as (typeof tenants)[number]
    const level = levels[arrival.level]
    this.#wires++
    const own = {
      ...headers,
      ...ofTenant,
      ...(level !== undefined && { [levelHeader]: String(level) }),
      ...(leftMs !== Infinity && { [deadlineHeader]: String(Math.max(0, Math.floor(leftMs))) }),
    }
    return this.#transport.send({ origin, method, path, headers: own, body }, (answer) => {
      this.#wires--
      done(answer)
    })
  }

  ended(journey: Journey, arrival: Arrival, ending: Ending, attempts: number, answer: string | undefined): void {
    this.#journeys.delete(journey)
    this.recorder.ended(arrival, ending, this.now() - arrival.at, attempts, answer)
    if (this.#journeys.size === 0) this.#onIdle()
  }

  /** Cuts off whatever is under way. */
  cut(): void {
    for (const journey of this.#journeys) journey.cut()
  }
}
