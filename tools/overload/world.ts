import type { Gate } from '../../packages/forebay/src/kernel/gate.ts'
import { seededRandom } from '../../packages/forebay/src/kernel/random.ts'
import type { Random } from '../../packages/forebay/src/kernel/random.ts'
import { Backend } from './backend.ts'
import type { BackendModel } from './backend.ts'
import type { Client, ClientResult } from './client.ts'
import { EventClock, Watch } from './event-clock.ts'
import { Arrivals } from './request.ts'

/** What lets promises settle; one for all times, and without a turn of the event loop. */
const settled = Promise.resolve()

/** A backend, and those who ask it through gates. */
export interface Scenario {
  readonly seconds: number
  readonly backend: BackendModel
  readonly clients: readonly Client[]
  /** Answers a second that are possible at best, on the whole. */
  readonly possible: number
  /** Who asks gives up after this, ms; default 1,000. */
  readonly patienceMs?: number
  /** How many gates stand in front of the backend, as if each were in a process of its own; default 1. */
  readonly gates?: number
  /** How far the wall clock of each gate is off by chance, ms, one way or the other; default 0. */
  readonly skewMs?: number
}

/** What a scenario has come to. */
export interface Played {
  readonly clients: ReadonlyMap<string, ClientResult>
  /** The limit of the first gate, each second: half a second after it, between two dips. */
  readonly limits: readonly number[]
  readonly cpuMs: number
}

/** A scenario in virtual time, with gates of ours in it. */
export class World {
  readonly events = new EventClock()
  readonly backend: Backend
  readonly random: Random
  readonly endMs: number
  readonly patienceMs: number
  readonly #gates: Gate[] = []
  readonly #arrivals: Arrivals[]
  readonly #triesAgain: boolean
  #waiting = 0
  /** Requests that have been sent to the backend. */
  #sent = 0
  /** Whether time stands still until somebody has acted. */
  #isHeld = false
  #ended: () => void = () => undefined

  /** Without `gate` nothing stands in front of the backend. */
  constructor(scenario: Scenario, seed: number, gate: ((clock: Watch) => Gate) | undefined) {
    const { gates = 1, skewMs = 0 } = scenario
    this.endMs = scenario.seconds * 1000
    this.patienceMs = scenario.patienceMs ?? 1000
    this.random = seededRandom(seed)
    this.backend = new Backend(scenario.backend, seededRandom(seed + 1))
    const skews = seededRandom(seed + 2)
    for (let i = 0; gate !== undefined && i < gates; i++) {
      this.#gates.push(gate(new Watch(this.events, (2 * skews.next() - 1) * skewMs)))
    }
    this.#triesAgain = scenario.clients.some(({ retry }) => retry !== undefined)
    this.#arrivals = scenario.clients.map((client) => new Arrivals(this, client, this.#gates[client.gate ?? 0]))
  }

  async play(): Promise<Played> {
    const before = process.cpuUsage()
    const limits: number[] = []
    const [first] = this.#gates
    if (first !== undefined) this.#look(first, limits, 500)
    await new Promise<void>((resolve) => {
      this.#ended = resolve
      this.#go()
    })
    await settled
    const { user, system } = process.cpuUsage(before)
    const clients = new Map(this.#arrivals.map(({ client, result }) => [client.name, result]))
    return { clients, limits, cpuMs: (user + system) / 1000 }
  }

  /** A request has been sent: if it was the last that may start now, time goes on. */
  hasSent(): void {
    this.#sent++
    if (this.#isHeld && !this.#triesAgain && !this.#someoneActs()) this.#go()
  }

  /** Lets things happen until somebody acts: who waited hears by a promise what has become of it. */
  readonly #go = (): void => {
    const end = this.endMs + 2 * this.patienceMs
    this.#isHeld = false
    while (this.events.step(end)) {
      if (!this.#someoneActs()) continue
      this.#isHeld = true
      // Who may only start goes on itself, as soon as it has; who may try again, perhaps not.
      if (this.#triesAgain) void settled.then(this.#go)
      return
    }
    this.#ended()
  }

  /** Notes the limit of `gate` each second from `at` on. */
  #look(gate: Gate, limits: number[], at: number): void {
    if (at >= this.endMs) return
    const happen = (): void => {
      limits.push(gate.inspect().limit ?? 0)
      this.#look(gate, limits, at + 1000)
    }
    this.events.add({ at, happen })
  }

  /** Whether somebody may start who has not heard of it yet, or somebody who may try again has perhaps been refused. */
  #someoneActs(): boolean {
    if (this.#triesAgain) return this.#someoneHears()
    let admitted = 0
    for (const { stats } of this.#gates) admitted += stats.admitted
    return admitted > this.#sent
  }

  /** Not where more wait than before: whoever came has joined a line, and nobody has left one. */
  #someoneHears(): boolean {
    const before = this.#waiting
    this.#waiting = 0
    for (const { stats } of this.#gates) this.#waiting += stats.waiting
    return before > 0 && this.#waiting <= before
  }
}
