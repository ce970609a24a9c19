import type { Adaptive, LimitAlgorithm } from '../../src/gates/limit/adaptive.ts'
import { seededRandom } from '../../src/kernel/random.ts'
import { VirtualClock } from '../../src/testkit/virtual-clock.ts'

/**
 * A backend that answers as fast as it can and a crowd that fills whatever limit there is: work takes `baseMs` while no
 * more than `knee` are in flight, and longer in proportion beyond that, times chance of `spread`.
 */
export class ClosedLoop {
  readonly clock: VirtualClock
  readonly algorithm: LimitAlgorithm
  baseMs = 20
  knee = 24
  spread = 0.3
  /** Share of the limit that is used. */
  used = 1
  /** The limit after each second. */
  readonly limits: number[] = []
  readonly #random = seededRandom(1)

  constructor(adaptive: Adaptive, clock: VirtualClock = new VirtualClock()) {
    this.clock = clock
    this.algorithm = adaptive.start(clock)
  }

  run(seconds: number): this {
    const { clock, algorithm } = this
    const end = clock.now() + seconds * 1000
    let mark = clock.now() + 1000
    while (clock.now() < end) {
      const inFlight = Math.max(1, Math.floor(algorithm.limit * this.used))
      const rtt = this.baseMs * Math.max(1, inFlight / this.knee) * (1 + this.spread * (2 * this.#random.next() - 1))
      clock.advanceSync(rtt / inFlight)
      algorithm.sample(rtt, inFlight, this.used === 1, clock.now() - rtt, clock.now())
      if (clock.now() >= mark) {
        this.limits.push(algorithm.limit)
        mark += 1000
      }
    }
    return this
  }
}
