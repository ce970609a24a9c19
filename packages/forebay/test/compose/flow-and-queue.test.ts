import { describe, expect, it } from 'vitest'
import { flow } from '../../src/flow/sources.ts'
import type { FlowLedger } from '../../src/kernel/snapshot.ts'
import { durableStore } from '../../src/queue/durable-store.ts'
import { memoryStore } from '../../src/queue/memory-store.ts'
import type { Store } from '../../src/queue/store.ts'
import { VirtualClock } from '../../src/testkit/virtual-clock.ts'

function expectBalanced(ledger: FlowLedger): void {
  const dropped = Object.values(ledger.dropped).reduce((sum, count) => sum + count, 0)
  expect(ledger.carriedIn + ledger.in, JSON.stringify(ledger)).toBe(
    ledger.out + dropped + ledger.deadLettered + ledger.inFlight + ledger.carriedOut,
  )
}

/** The store as a run sees it, which a run may close and the test keeps. */
function lent(store: Store): ReturnType<typeof durableStore> {
  return { ...durableStore(store), close: () => Promise.resolve() }
}

async function passUntil<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let isOver = false
  const over = promise.finally(() => {
    isOver = true
  })
  over.catch(() => undefined)
  for (let i = 0; i < 2000 && !isOver; i++) await clock.advance(20)
  return over
}

describe('a flow over a durable edge', () => {
  it('moves every record through the queue, in order, and balances', async () => {
    const clock = new VirtualClock()
    const store = memoryStore({ clock })
    const seen: number[] = []
    const run = flow
      .range(1, 1000)
      .durable('q', { items: 100, prefetch: 16 })
      .map((n) => n * 2)
      .to((n) => void seen.push(n))
      .run({ store: lent(store), clock })
    await passUntil(clock, run.done)
    expect(seen).toEqual(Array.from({ length: 1000 }, (_, i) => 2 * (i + 1)))
    const { ledger, balanced } = run.inspect()
    expect(ledger).toMatchObject({ carriedIn: 0, in: 1000, out: 1000, inFlight: 0, carriedOut: 0 })
    expect(balanced).toBe(true)
    expectBalanced(ledger)
    const queue = await store.queue('q')
    expect(queue.stats()).toMatchObject({ carriedIn: 0, ready: 0 })
    await store.close()
  })

  it('never puts more at once than the queue can hold, however its acks and its puts fall together', async () => {
    for (const items of [1, 2, 7, 100]) {
      const store = memoryStore()
      let seen = 0
      const run = flow
        .range(1, 1000)
        .durable('q', { items })
        .map((n) => n)
        .to(() => void seen++)
        .run({ store: lent(store) }) // on the real clock: there the loop yields between puts and acks
      await run.done
      expect(seen).toBe(1000)
      await store.close()
    }
  })

  it('keeps what waits in the flow for a consumer that is slower than the lease', async () => {
    const clock = new VirtualClock()
    const store = memoryStore({ clock })
    const seen: number[] = []
    const run = flow
      .range(1, 50)
      .durable('q', { maxAttempts: 2, leaseMs: 1000 })
      .mapAsync((n) => new Promise<number>((resolve) => void clock.after(5000, () => resolve(n))), { concurrency: 1 })
      .to((n) => void seen.push(n))
      .run({ store: lent(store), clock })
    await clock.advance(50 * 5000 + 1000)
    await run.done
    expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
    expect(run.inspect().ledger).toMatchObject({ in: 50, out: 50, deadLettered: 0 })
    await store.close()
  })

  it('buries a record whose work keeps failing, with the reason, and finishes the others', async () => {
    const clock = new VirtualClock()
    const store = memoryStore({ clock })
    const given: unknown[] = []
    const seen: number[] = []
    const run = flow
      .range(1, 100)
      .durable('q', { maxAttempts: 3, backoff: () => 10 })
      .mapAsync(
        async (n) => {
          if (n % 10 === 0) throw new Error(`${n} never works`)
          return n
        },
        { concurrency: 4, onError: 'dead-letter' },
      )
      .to((n) => void seen.push(n))
      .run({ store: lent(store), clock, deadLetter: (value) => given.push(value) })
    await passUntil(clock, run.done)
    expect(given).toEqual([])
    expect(seen).toHaveLength(90)
    const { ledger, balanced } = run.inspect()
    expect(ledger).toMatchObject({ in: 100, out: 90, deadLettered: 10, inFlight: 0, carriedOut: 0 })
    expect(balanced).toBe(true)
    const queue = await store.queue<number>('q')
    const dead = await queue.peek(20, 'dead')
    expect(dead.map((message) => message.body)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100])
    expect(dead[0]?.history.at(-1)?.reason).toContain('10 never works')
    await store.close()
  })

  it('carries over to the next run what a drain left behind', async () => {
    const clock = new VirtualClock()
    const store = memoryStore({ clock })
    const seen: number[] = []
    const work = flow
      .range(1, 200)
      .durable('q', { prefetch: 4 })
      .mapAsync(
        async (n) => {
          await new Promise<void>((resolve) => void clock.after(100, resolve))
          return n
        },
        { concurrency: 2 },
      )
    const first = work.to((n) => void seen.push(n)).run({ store: lent(store), clock })
    await clock.advance(1000)
    await passUntil(clock, first.drain({ within: 500 }))
    const before = first.inspect().ledger
    expectBalanced(before)
    expect(before.inFlight).toBe(0)
    expect(before.carriedOut).toBeGreaterThan(100)
    expect(before.out).toBe(seen.length)

    const rest = flow<number>([])
      .durable('q')
      .to((n) => void seen.push(n))
      .run({ store: lent(store), clock })
    await passUntil(clock, rest.done)
    const after = rest.inspect().ledger
    expectBalanced(after)
    expect(after).toMatchObject({ carriedIn: before.carriedOut, out: before.carriedOut, carriedOut: 0 })
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: before.in }, (_, i) => i + 1))
    await store.close()
  })

  it('has drained in the time it was given though work does not end, and takes that back', async () => {
    const clock = new VirtualClock()
    const store = memoryStore({ clock })
    const seen: number[] = []
    let isStuck = false
    const first = flow
      .range(1, 200)
      .durable('q', { prefetch: 8 })
      .mapAsync((n) => new Promise<number>((resolve) => void clock.after(isStuck ? 1e9 : 100, () => resolve(n))), {
        concurrency: 2,
      })
      .to((n) => void seen.push(n))
      .run({ store: lent(store), clock })
    await clock.advance(950)
    isStuck = true
    let drainedAt = 0
    void first.drain({ within: 1000 }).then(() => (drainedAt = clock.now()))
    await clock.advance(2000)
    await expect(first.done).rejects.toMatchObject({ code: 'FOREBAY_DRAIN_TIMEOUT' })

    expect(drainedAt).toBe(1950)
    const { ledger } = first.inspect()
    expectBalanced(ledger)
    expect(ledger).toMatchObject({ out: seen.length, inFlight: 0, dropped: {} })
    expect(ledger.carriedOut).toBe(ledger.in - seen.length)
    await store.close()
  })

  it('lets work end in the last quarter of the time for a drain', async () => {
    const clock = new VirtualClock()
    const store = memoryStore({ clock })
    const seen: number[] = []
    const run = flow
      .range(1, 200)
      .durable('q', { prefetch: 8 })
      .mapAsync((n) => new Promise<number>((resolve) => void clock.after(240, () => resolve(n))), { concurrency: 4 })
      .to((n) => void seen.push(n))
      .run({ store: lent(store), clock })
    await clock.advance(700)
    await passUntil(clock, run.drain({ within: 1000 }))
    await run.done

    const { ledger } = run.inspect()
    expectBalanced(ledger)
    expect(ledger).toMatchObject({ out: seen.length, inFlight: 0, carriedOut: ledger.in - seen.length })
    await store.close()
  })
})
