import type { Gate, Permit } from '../../packages/forebay/src/kernel/gate.ts'
import { ClientResult } from './client.ts'
import type { Client } from './client.ts'
import type { SimEvent } from './event-clock.ts'
import type { World } from './world.ts'

/** The requests of one client, at times that are independent of each other (Poisson). */
export class Arrivals implements SimEvent {
  at = 0
  /** Retries that may be made now. */
  budget = 0
  readonly result = new ClientResult()
  readonly client: Client
  readonly world: World
  readonly gate: Gate | undefined
  /** One has been refused in the end. */
  readonly lost = (): void => {
    this.result.refused++
  }

  constructor(world: World, client: Client, gate: Gate | undefined) {
    this.world = world
    this.client = client
    this.gate = gate
    this.#next(0)
  }

  happen(): void {
    this.result.asked++
    this.budget = Math.min(100, this.budget + (this.client.retry?.budget ?? Infinity))
    new Request(this, this.at).happen()
    this.#next(this.at)
  }

  #next(from: number): void {
    const { client, world } = this
    for (let now = from; now < world.endMs;) {
      const { perSecond, until } = client.rate(now)
      this.at = perSecond === 0 ? Infinity : now - (Math.log(1 - world.random.next()) * 1000) / perSecond
      if (this.at < until) {
        if (this.at < world.endMs) world.events.add(this)
        return
      }
      now = until
    }
  }
}

/** One request: it happens each time it is tried, and once more when its answer is there. */
class Request implements SimEvent {
  at: number
  readonly #arrivals: Arrivals
  readonly #since: number
  #tries = 0
  #isSent = false
  #permit: Permit | undefined = undefined

  constructor(arrivals: Arrivals, now: number) {
    this.#arrivals = arrivals
    this.#since = now
    this.at = now
  }

  happen(): void {
    if (this.#isSent) this.#answered()
    else this.#try()
  }

  #try(): void {
    const { client, gate, lost, result, world } = this.#arrivals
    result.tries++
    this.#tries++
    if (gate === undefined) return this.#send(undefined)
    const { level = 1, name } = client
    const permit = gate.acquire({ level, key: name, deadline: this.#since + world.patienceMs })
    if (!(permit instanceof Promise)) return this.#send(permit)
    permit.then((granted) => this.#send(granted), client.retry === undefined ? lost : () => this.#refused())
  }

  #send(permit: Permit | undefined): void {
    const { world } = this.#arrivals
    this.#permit = permit
    this.#isSent = true
    this.at = world.backend.send(world.events.now)
    world.events.add(this)
    world.hasSent()
  }

  #refused(): void {
    const { client, lost, world } = this.#arrivals
    const { retry } = client
    if (retry === undefined || this.#tries > retry.max || this.#arrivals.budget < 1) return lost()
    this.#arrivals.budget--
    this.at = world.events.now + 2 * world.random.next() * retry.pauseMs
    world.events.add(this)
  }

  #answered(): void {
    const { result, world } = this.#arrivals
    const { now } = world.events
    const ms = now - this.#since
    const isInTime = ms <= world.patienceMs
    world.backend.inFlight--
    this.#permit?.release(isInTime ? 'ok' : 'fail')
    if (!isInTime) return
    result.inTime++
    if (now > 0.75 * world.endMs) result.lately++
    result.latencies.add(ms)
  }
}
