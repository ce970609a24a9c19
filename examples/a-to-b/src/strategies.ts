import { limit, rate, type Clock } from 'forebay'
import { all } from 'forebay/gates'
import { readSignals } from 'forebay/http'
import { aIsSlowed } from './a-is-slowed.ts'
import { aPushes } from './a-pushes.ts'
import { B } from './b.ts'
import type { Network } from './network.ts'
import type { Row, Scene } from './row.ts'

/** A way of living with a B that can do 75 of the 100 that A sends each second. */
interface Strategy {
  readonly b: (clock: Clock) => B
  readonly a: (scene: Scene) => Promise<Row>
}

const WORKERS = 3

const strategies: Readonly<Record<string, Strategy>> = {
  'nothing bounds B': { b: (clock) => new B(clock), a: aPushes },
  'B buffers 75': {
    b: (clock) =>
      new B(clock, limit(WORKERS, { clock, line: { max: 75, hold: '5s', order: 'fifo', overflow: 'reject' } })),
    a: aPushes,
  },
  'B drops the oldest of 8': {
    b: (clock) =>
      new B(clock, limit(WORKERS, { clock, line: { max: 8, hold: '5s', order: 'fifo', overflow: 'drop-lowest' } })),
    a: aPushes,
  },
  'B tells its rate, A obeys': {
    // It tells a little less than it can do, so that what waits in it gets fewer rather than more.
    b: (clock) => {
      const told = rate({ limit: 70, burst: 10, name: 'b', clock })
      return new B(clock, all([told, limit(WORKERS)], { clock, line: { max: 16, hold: '1s', order: 'fifo' } }), told)
    },
    a: (scene) => {
      const pace = rate({ limit: 100, clock: scene.clock })
      return aIsSlowed(scene, {
        concurrency: 16,
        gate: pace,
        hear: (headers) => {
          for (const { limit: allowed, windowMs } of readSignals(headers, scene.clock).quotas) {
            if (allowed !== undefined && windowMs !== undefined) pace.set({ limit: allowed, per: windowMs })
          }
        },
      })
    },
  },
  'A pulls, four at a time': {
    b: (clock) => new B(clock),
    a: (scene) => aIsSlowed(scene, { concurrency: WORKERS + 1 }),
  },
}

/** Plays all strategies beside each other. */
export function compare(network: Network, seconds: number): Promise<Row[]> {
  const { clock } = network
  const plays = Object.entries(strategies).map(async ([strategy, { a, b: make }]) => {
    const b = make(clock)
    const link = await network.connect(b)
    try {
      return await a({ strategy, seconds, b, link, clock })
    } finally {
      await link.close()
    }
  })
  return network.pass(Promise.all(plays))
}
