import type { BoundedEdge } from '../../src/kernel/bounded-edge.ts'
import type { Context } from '../../src/kernel/context.ts'
import type { EdgeOptions, Offered } from '../../src/kernel/edge-options.ts'
import { MemoryBudget } from '../../src/kernel/memory-budget.ts'
import { Meter } from '../../src/kernel/meter.ts'
import { seededRandom } from '../../src/kernel/random.ts'
import type { Port, Upstream } from '../../src/kernel/receiver.ts'
import type { RunEnvironment } from '../../src/kernel/run-environment.ts'
import type { RunMemory } from '../../src/kernel/run-memory.ts'
import { StageAccount } from '../../src/kernel/stage-account.ts'
import { Totals } from '../../src/kernel/totals.ts'
import { VirtualClock } from '../../src/testkit/virtual-clock.ts'

const defaults: EdgeOptions = {
  name: 'edge',
  items: 8,
  bytes: Infinity,
  overflow: 'backpressure',
  key: undefined,
  level: undefined,
  every: 1,
  sizeOf: undefined,
  deferred: false,
  failFast: false,
  onDrop: undefined,
}

/** One edge between a producer and a consumer that do what a test says, outside of any run. */
export class EdgeRig {
  readonly clock = new VirtualClock()
  readonly totals = new Totals(false)
  readonly memory: RunMemory
  readonly edge: BoundedEdge
  readonly producer: StageAccount
  /** What the run was ended with. */
  readonly failures: unknown[] = []
  /** What was asked of the producer: amounts, `revoke N`, `cancel REASON`. */
  readonly asked: (number | string)[] = []
  /** Credit that the producer holds. */
  credit = 0
  /** What reached the consumer: values, then `done` or `failed ERROR`. */
  readonly received: unknown[] = []
  readonly contexts: (Context | undefined)[] = []
  woken = 0
  /** Items reported to the loop; and after how many of them the consumer's turn is over. */
  readonly ticks: number[] = []
  turn = Infinity
  /** Items between two looks at the turn. */
  left = 100
  /** Called with each item that is handed over. */
  onStep: ((value: unknown) => void) | undefined
  /** The time in which this edge held the producer back, where the producer knows it. */
  upstreamBlockedMs: number | undefined
  readonly port: Port

  constructor(
    make: (options: EdgeOptions, env: RunEnvironment) => BoundedEdge,
    options: Partial<EdgeOptions> = {},
    memory: RunMemory = new MemoryBudget(),
  ) {
    this.memory = memory
    const meter = new Meter(this.clock)
    const { clock, totals } = this
    const env = {
      clock,
      totals,
      memory,
      meter,
      random: seededRandom(1),
      sizeOf: (value: unknown) => (value as number) * 10,
      edge: () => {},
      fail: (error: unknown) => this.failures.push(error),
    }
    this.edge = make({ ...defaults, ...options }, env as unknown as RunEnvironment)
    this.producer = new StageAccount({ id: 'p', name: 'producer', kind: 'map', slots: 1, sync: true, meter })
    this.port = this.#port()
  }

  /** Puts both ends in place, and grants the first credit. */
  open(): this {
    const upstream: Upstream = {
      stage: this.producer,
      request: (items) => {
        this.asked.push(items)
        this.credit += items
      },
      takeReady: () => undefined,
      revoke: () => {
        const { credit } = this
        this.asked.push(`revoke ${credit}`)
        this.credit = 0
        return credit
      },
      cancel: (reason) => void this.asked.push(`cancel ${String(reason)}`),
      blockedMs: () => this.upstreamBlockedMs,
    }
    this.edge.attach(upstream)
    this.edge.bind(this.port)
    this.edge.open()
    return this
  }

  /** The producer hands over items; says what became of them. */
  send(...values: readonly unknown[]): Offered[] {
    return values.map((value) => this.sendWith(value, undefined))
  }

  sendWith(value: unknown, context: Context | undefined): Offered {
    this.credit = Math.max(0, this.credit - 1)
    return this.edge.offer(value, context)
  }

  /** The consumer wants so many more, and runs; gives what it got in this. */
  take(items: number): unknown[] {
    const { length } = this.received
    this.port.n += items
    this.edge.run(this.port)
    return this.received.slice(length)
  }

  #port(): Port {
    return {
      n: 0,
      step: (value, context) => {
        this.port.n--
        this.received.push(value)
        this.contexts.push(context)
        this.onStep?.(value)
      },
      isTiming: false,
      left: () => this.left,
      tick: (items) => {
        this.ticks.push(items)
        return this.ticks.reduce((sum, n) => sum + n, 0) < this.turn
      },
      wake: () => void this.woken++,
      wakeSoon: () => void this.woken++,
      done: () => void this.received.push('done'),
      failed: (error) => void this.received.push(`failed ${String(error)}`),
    }
  }
}
