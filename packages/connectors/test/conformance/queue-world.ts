import type { Delivery, Queue, QueueOptions, QueueStats, Receiver, Store } from 'forebay/queue'
import { expect } from 'vitest'

/** How the conformance suite opens the store under test, and lets its time pass. */
export interface QueueWorld {
  /** Opens the store. Called again after `close`, it finds what was left, if the store is durable. */
  open(): Promise<Store>
  /** Lets `ms` pass for the store: moves a virtual clock, or really waits. What it had begun is over afterwards. */
  pass(ms: number): Promise<void>
  /** The store's monotonic clock, ms. */
  now(): number
  /** Removes what the store left behind. */
  dispose(): Promise<void>
}

/** Where time is real the machine may be slow, and runs of chance are fewer. */
export type Time = 'virtual' | 'real'

export interface Subject {
  readonly world: QueueWorld
  readonly store: Store
  /** Opens a queue whose bodies are numbers. */
  readonly queue: (options?: QueueOptions<number>) => Promise<Queue<number>>
}

/** Runs `work` in a fresh world, checks the account of every queue it left open, and closes everything. */
export async function inWorld(make: () => QueueWorld, work: (subject: Subject) => Promise<void>): Promise<void> {
  const world = make()
  const store = await world.open()
  const queues: Queue<number>[] = []
  try {
    await work({
      world,
      store,
      queue: async (options = {}) => {
        const queue = await store.queue<number>(`q${queues.length}`, options)
        queues.push(queue)
        return queue
      },
    })
    for (const queue of queues) await balanced(queue, world)
  } finally {
    await store.close()
    await world.dispose()
  }
}

/** A store that tells roughly how much it holds is right when it has been quiet for a moment. */
export async function balanced(queue: Queue<unknown>, world: QueueWorld): Promise<void> {
  let stats = await queue.measure()
  for (let round = 0; queue.caps.depth === 'approx' && !isBalanced(stats) && round < 100; round++) {
    await world.pass(5)
    stats = await queue.measure()
  }
  expectBalanced(stats)
}

/** Items with the bodies from … from + count - 1. */
export function numbers(count: number, from = 0): { body: number }[] {
  return Array.from({ length: count }, (_, i) => ({ body: from + i }))
}

/** Takes exactly `count` deliveries, letting time pass for those that are not ready. */
export async function take<T>(receiver: Receiver<T>, world: QueueWorld, count: number): Promise<Delivery<T>[]> {
  const taken: Delivery<T>[] = []
  for (let round = 0; round < 100 && taken.length < count; round++) {
    taken.push(...(await receiver.batch(count - taken.length, 0)))
    if (taken.length < count) await world.pass(1)
  }
  expect(taken).toHaveLength(count)
  return taken
}

/** Everything that is ready now, acknowledged. What a store was about to hand to somebody who left may be on its way back. */
export async function drain<T>(queue: Queue<T>, world: QueueWorld): Promise<T[]> {
  const receiver = queue.receiver()
  const bodies: T[] = []
  for (let patience = queue.caps.depth === 'approx' ? 20 : 0; ;) {
    await world.pass(0)
    const deliveries = await receiver.batch(100, 0)
    if (deliveries.length === 0) {
      if (patience-- === 0 || (await queue.measure()).ready === 0) break
      await world.pass(5)
      continue
    }
    bodies.push(...deliveries.map((delivery) => delivery.body))
    await receiver.ackAll(deliveries)
  }
  await receiver.close()
  return bodies
}

/** The law of the account: everything that came in is somewhere. */
export function expectBalanced(stats: QueueStats): void {
  expect(isBalanced(stats), JSON.stringify(stats)).toBe(true)
}

function isBalanced({ carriedIn, stored, acked, dropped, ready, leased, delayed, dead }: QueueStats): boolean {
  const ended = Object.entries(dropped).reduce((sum, [why, n]) => sum + (why === 'newest' ? 0 : n), acked)
  return carriedIn + stored === ended + ready + leased + delayed + dead
}

/** Lets time pass until `check` no longer throws: a broker is told of what happened here a little later. */
export async function eventually(world: QueueWorld, check: () => void): Promise<void> {
  for (let round = 0; round < 100; round++) {
    try {
      return check()
    } catch {
      await world.pass(5)
    }
  }
  check()
}

/** Whether a promise has settled, without waiting for it. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol('open')
  const first = await Promise.race([promise.catch(() => undefined), Promise.resolve(open)])
  return first !== open
}

/** Lets time pass, `step` ms at a time, until `promise` settles. */
export async function passUntil<T>(world: QueueWorld, promise: Promise<T>, step = 50): Promise<T> {
  let isOver = false
  const over = promise.finally(() => {
    isOver = true
  })
  over.catch(() => undefined)
  for (let round = 0; round < 1000 && !isOver; round++) await world.pass(step)
  return over
}
