import { flow } from '../../src/flow/sources.ts'
import type { Flow } from '../../src/flow/flow.ts'
import { interleave } from '../../src/flow/fan-in/interleave.ts'
import { mergeSorted } from '../../src/flow/fan-in/merge-in-order.ts'
import { rate } from '../../src/gates/rate/rate.ts'
import { fromPublisher } from '../../src/interop/from-publisher.ts'
import { toProcessor } from '../../src/interop/to-processor.ts'
import { toPublisher } from '../../src/interop/to-publisher.ts'
import type { RunOptions } from '../../src/kernel/run.ts'
import { durableStore } from '../../src/queue/durable-store.ts'
import { memoryStore } from '../../src/queue/memory-store.ts'
import type { World } from '../../src/testkit/world.ts'

/** Numbers in, as many items out. */
export interface Shape {
  readonly name: string
  readonly of: (numbers: Flow<number>, world: World) => Flow<unknown>
  /** What its runs need besides clock and chance. */
  readonly run?: (world: World) => RunOptions
  /** It is too slow for more. */
  readonly maxItems?: number
  /** It does not fail when its input does. */
  readonly recovers?: boolean
  /** Why it stands in no processor or subscriber: what comes out is not what went in, or not yet. */
  readonly changes?: string
}

const nothing = (): void => {}

/** Resolves with `n` after a while that differs from item to item. */
function later(world: World, n: number): Promise<number> {
  return new Promise((resolve) => void world.clock.after((n % 3) * 2, () => resolve(n)))
}

/** Every kind of stage that a flow is made of. */
export const shapes: readonly Shape[] = [
  { name: 'no stage', of: (numbers) => numbers },
  { name: 'map and filter', of: (numbers) => numbers.map((n) => n).filter(() => true) },
  { name: 'flatMap of a batch', of: (numbers) => numbers.batch(4).flatMap((batch) => batch), changes: 'waits' },
  { name: 'buffer', of: (numbers) => numbers.buffer(4) },
  { name: 'async', of: (numbers) => numbers.async(4).map((n) => n) },
  { name: 'mapAsync of values', of: (numbers) => numbers.mapAsync((n) => n, { concurrency: 4 }) },
  { name: 'mapAsync of promises', of: (numbers) => numbers.mapAsync(async (n) => n, { concurrency: 4 }) },
  {
    name: 'mapAsync by completion',
    of: (numbers, world) => numbers.mapAsync((n) => later(world, n), { concurrency: 4, order: 'completion' }),
    maxItems: 2000,
    changes: 'the order',
  },
  {
    name: 'mapBatches',
    of: (numbers) => numbers.mapBatches((batch) => [...batch], { items: 3 }),
  },
  { name: 'merge', of: (numbers) => numbers.merge(flow<number>([])) },
  { name: 'merge of two halves', of: (numbers) => numbers.partition((n) => n % 2, half, half), changes: 'the order' },
  { name: 'mergeSorted', of: (numbers) => mergeSorted([numbers, flow<number>([])], (a, b) => a - b) },
  { name: 'interleave', of: (numbers) => interleave([numbers, flow<number>([])], 1) },
  { name: 'concat', of: (numbers) => flow<number>([]).concat(numbers) },
  { name: 'zip', of: (numbers) => numbers.zip(flow.range(1, 1_000_000)), changes: 'the items' },
  { name: 'broadcast', of: (numbers) => numbers.broadcast(half, (flow) => flow.filter(() => false)) },
  {
    name: 'divert',
    of: (numbers) =>
      numbers.divert(
        () => false,
        (flow) => flow.to(nothing),
      ),
  },
  { name: 'wiretap', of: (numbers) => numbers.wiretap(nothing) },
  {
    name: 'through a pace',
    of: (numbers, { clock }) => numbers.through(rate({ limit: 1000, clock })),
    maxItems: 1000,
  },
  { name: 'recover', of: (numbers) => numbers.recover(() => 0), recovers: true },
  { name: 'recoverWith', of: (numbers) => numbers.recoverWith(() => flow([0])), recovers: true },
  { name: 'durable', of: (numbers) => numbers.durable('orders', { leaseMs: 86_400_000 }), run: stored, maxItems: 1000 },
  {
    name: 'buffer that spills',
    of: (numbers) => numbers.buffer({ items: 4, overflow: 'spill', name: 'burst' }),
    run: stored,
    maxItems: 1000,
    changes: 'the order, when it is asked so slowly that a lease ends',
  },
  {
    name: 'publisher and back',
    of: (numbers, { clock }) => fromPublisher(toPublisher(numbers.buffer(2), { clock })),
    changes: 'subscribes with its first demand, and learns of an end no earlier',
  },
  {
    name: 'processor',
    of: (numbers, { clock }) => {
      const processor = toProcessor((items: Flow<number>) => items.map((n) => n), { clock })
      toPublisher(numbers, { clock }).subscribe(processor)
      return fromPublisher(processor)
    },
    changes: 'subscribes with its first demand, and learns of an end no earlier',
  },
]

/** In both tiers: closures, and code generated from the first item on. */
export const tiers: readonly (readonly [name: string, options: RunOptions])[] = [
  ['closures', { codegen: false }],
  ['generated code', { codegen: 0 }],
]

/** Fails behind its items. */
export function failingNumbers(items: number): Flow<number> {
  return flow({
    *[Symbol.iterator]() {
      for (let n = 1; n <= items; n++) yield n
      throw new Error(`no more than ${items}`)
    },
  })
}

function half(flow: Flow<number>): Flow<number> {
  return flow
}

function stored({ clock }: World): RunOptions {
  return { store: durableStore(memoryStore({ clock })) }
}
