/** How much a {@link Capacity} can do. */
export interface CapacityOptions {
  /** Pieces of work done at the same time. */
  readonly slots: number
  /** Pieces that may wait for a slot; more are refused. */
  readonly line: number
  /** Time of a piece of work with `units` units on an idle machine, ms. */
  readonly serviceMs: (units: number) => number
  /** How much longer a piece takes when the line is full, as a part of its time: caches miss, slots fight. */
  readonly contention: number
}

/** The line is full. */
export class Busy extends Error {
  readonly retryAfterMs: number

  constructor(retryAfterMs: number) {
    super(`busy; ask again in ${retryAfterMs} ms`)
    this.name = 'Busy'
    this.retryAfterMs = retryAfterMs
  }
}

interface Waiter {
  readonly units: number
  readonly done: () => void
}

/**
 * A machine with a real limit: `slots` workers and one bounded line. Under load work waits, then takes longer,
 * then is refused, so pushing harder gives less. It can be made slower for a while.
 */
export class Capacity {
  readonly #options: CapacityOptions
  readonly #line: Waiter[] = [] // bounded by options.line
  #working = 0
  #slow = 1

  constructor(options: CapacityOptions) {
    this.#options = options
  }

  get waiting(): number {
    return this.#line.length
  }

  get working(): number {
    return this.#working
  }

  /** How many times slower than normal it is now. */
  get slow(): number {
    return this.#slow
  }

  set slow(factor: number) {
    this.#slow = factor
  }

  /** Resolves when a piece of work with `units` units is done; rejects with {@link Busy} when the line is full. */
  work(units: number): Promise<void> {
    if (this.#working < this.#options.slots) return new Promise((done) => this.#start({ units, done }))
    if (this.#line.length >= this.#options.line) return Promise.reject(new Busy(Math.ceil(this.#lineMs(units))))
    return new Promise((done) => void this.#line.push({ units, done }))
  }

  #start({ units, done }: Waiter): void {
    this.#working++
    setTimeout(() => {
      this.#working--
      done()
      const next = this.#line.shift()
      if (next !== undefined) this.#start(next)
    }, this.#timeOf(units))
  }

  #timeOf(units: number): number {
    const { line, serviceMs, contention } = this.#options
    const load = line === 0 ? 0 : this.#line.length / line
    return serviceMs(units) * this.#slow * (1 + contention * load)
  }

  #lineMs(units: number): number {
    return (this.#timeOf(units) * (this.#line.length + 1)) / this.#options.slots
  }
}
