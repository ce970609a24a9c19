import { describe, expect, it } from 'vitest'
import { flow } from '../flow/sources.ts'
import type { Subscription } from '../flow/sources/publisher.ts'
import { durableStore } from '../queue/durable-store.ts'
import { memoryStore } from '../queue/memory-store.ts'
import { settled } from '../testkit/virtual-clock.ts'
import { toPublisher } from './to-publisher.ts'
import { toSubscriber } from './to-subscriber.ts'

const boom = new Error('boom')

class Upstream implements Subscription {
  readonly requests: number[] = []
  cancelled = 0
  request(n: number): void {
    this.requests.push(n)
  }
  cancel(): void {
    this.cancelled++
  }
}

describe('a subscriber of a sink', () => {
  it('writes what it is sent, asks for what the sink can take, and has a result', async () => {
    const written: number[] = []
    let closed = 0
    const subscriber = toSubscriber<number>({ write: (n) => void written.push(n), close: () => closed++ })
    toPublisher(flow.range(1, 100)).subscribe(subscriber)
    expect(await subscriber.run.done).toBe(100)
    expect(written).toHaveLength(100)
    expect(closed).toBe(1)
  })

  it('is a program that a function makes of the items', async () => {
    const written: number[][] = []
    const subscriber = toSubscriber((items: ReturnType<typeof flow<number>>) =>
      items.batch({ items: 4 }).to((batch) => void written.push(batch)),
    )
    toPublisher(flow.range(1, 6)).subscribe(subscriber)
    await subscriber.run.done
    expect(written).toEqual([
      [1, 2, 3, 4],
      [5, 6],
    ])
  })

  it('asks for the next item when the write of the last one is over', async () => {
    const writes: (() => void)[] = []
    const subscriber = toSubscriber<number>({ write: () => new Promise<void>((resolve) => writes.push(resolve)) })
    const upstream = new Upstream()
    subscriber.onSubscribe(upstream)
    await settled()
    expect(upstream.requests).toEqual([1])
    subscriber.onNext(1)
    await settled()
    expect(upstream.requests).toEqual([1])
    writes[0]?.()
    await settled()
    expect(upstream.requests).toEqual([1, 1])
    subscriber.onComplete()
    expect(await subscriber.run.done).toBe(1)
    expect(upstream.cancelled).toBe(0)
  })

  it('fails with its publisher, and cancels it when the sink fails or the run is cancelled', async () => {
    const failed = toSubscriber<number>({ write: () => {} })
    failed.onSubscribe(new Upstream())
    failed.onError(boom)
    await expect(failed.run.done).rejects.toBe(boom)

    const torn = toSubscriber<number>({
      write: () => {
        throw boom
      },
    })
    const upstream = new Upstream()
    torn.onSubscribe(upstream)
    await settled()
    torn.onNext(1)
    await expect(torn.run.done).rejects.toBe(boom)
    expect(upstream.cancelled).toBe(1)

    for (const isLate of [true, false]) {
      const cancelled = toSubscriber<number>({ write: () => {} })
      const other = new Upstream()
      if (!isLate) cancelled.onSubscribe(other)
      cancelled.run.cancel()
      if (isLate) cancelled.onSubscribe(other)
      await settled()
      expect(other.cancelled).toBe(1)
    }
  })

  it('lets go of a publisher that comes while its stores are opened, and of one that comes too late', async () => {
    const subscriber = toSubscriber((items: ReturnType<typeof flow<number>>) => items.durable('d').to(() => {}), {
      store: durableStore(memoryStore()),
    })
    const [early, late] = [new Upstream(), new Upstream()]
    subscriber.onSubscribe(early)
    subscriber.run.cancel()
    await settled()
    subscriber.onSubscribe(late)
    expect([early.cancelled, late.cancelled]).toEqual([1, 1])
    expect([early.requests, late.requests]).toEqual([[], []])
  })

  it('refuses what is no sink', () => {
    for (const bad of [null, 7, {}, () => 7]) expect(() => toSubscriber(bad as never)).toThrow(TypeError)
  })
})
