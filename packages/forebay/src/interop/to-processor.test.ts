import { describe, expect, it } from 'vitest'
import type { Flow } from '../flow/flow.ts'
import { flow } from '../flow/sources.ts'
import type { Subscriber, Subscription } from '../flow/sources/publisher.ts'
import type { Run } from '../kernel/run.ts'
import { durableStore } from '../queue/durable-store.ts'
import { memoryStore } from '../queue/memory-store.ts'
import { settled, VirtualClock } from '../testkit/virtual-clock.ts'
import { fromPublisher } from './from-publisher.ts'
import { toProcessor, type ProcessorOptions } from './to-processor.ts'
import { toPublisher } from './to-publisher.ts'

const boom = new Error('boom')

class Witness implements Subscriber<unknown> {
  readonly signals: unknown[] = []
  subscription: Subscription | undefined
  onSubscribe(subscription: Subscription): void {
    this.signals.push('subscribed')
    this.subscription = subscription
  }
  onNext(value: unknown): void {
    this.signals.push(value)
  }
  onError(error: unknown): void {
    this.signals.push(error)
  }
  onComplete(): void {
    this.signals.push('complete')
  }
}

class Upstream implements Subscription {
  requested = 0
  cancelled = 0
  request(n: number): void {
    this.requested += n
  }
  cancel(): void {
    this.cancelled++
  }
}

function plugged(build: (flow: Flow<number>) => Flow<unknown> = (items) => items, options: ProcessorOptions = {}) {
  const runs: Run[] = []
  const processor = toProcessor<number, unknown>(build, { ...options, onRun: (run) => void runs.push(run) })
  return { processor, runs, witness: new Witness(), upstream: new Upstream() }
}

describe('a processor', () => {
  it('passes items and demand, whoever is plugged in first', async () => {
    for (const isPublisherFirst of [true, false]) {
      const { processor, witness, upstream } = plugged((items) => items.map((n) => n * 2))
      if (isPublisherFirst) processor.onSubscribe(upstream)
      processor.subscribe(witness)
      witness.subscription?.request(2)
      if (!isPublisherFirst) processor.onSubscribe(upstream)
      await settled()
      expect(upstream.requested).toBe(2)
      processor.onNext(1)
      processor.onNext(2)
      processor.onComplete()
      expect(witness.signals).toEqual(['subscribed', 2, 4, 'complete'])
      expect(upstream.cancelled).toBe(0)
    }
  })

  it('stands between a publisher and a flow', async () => {
    const processor = toProcessor((items: Flow<number>) => items.filter((n) => n % 2).buffer(8))
    toPublisher(flow.range(1, 1000)).subscribe(processor)
    expect(await fromPublisher(processor).count()).toBe(500)
  })

  it('lets an error overtake what the flow holds, and counts that', async () => {
    const { processor, witness, upstream, runs } = plugged((items) => items.buffer(4))
    processor.onSubscribe(upstream)
    processor.subscribe(witness)
    await settled()
    expect(upstream.requested).toBe(4)
    for (const n of [1, 2, 3]) processor.onNext(n)
    processor.onError(boom)
    await settled()
    expect(witness.signals).toEqual(['subscribed', boom])
    expect(upstream.cancelled).toBe(0)
    expect(runs[0]?.inspect()).toMatchObject({ balanced: true, ledger: { in: 3, out: 0, dropped: { cancelled: 3 } } })
  })

  it('lets an error overtake work in flight and time, but hands over first what it can', async () => {
    const clock = new VirtualClock()
    const { processor, witness, upstream } = plugged(
      (items) =>
        items.buffer(4).mapAsync((n) => (n === 1 ? n : new Promise((resolve) => clock.after(1000, () => resolve(n))))),
      { clock },
    )
    processor.onSubscribe(upstream)
    processor.subscribe(witness)
    witness.subscription?.request(9)
    await settled()
    for (const n of [1, 2]) processor.onNext(n)
    processor.onError(boom)
    await settled()
    expect(witness.signals).toEqual(['subscribed', 1, boom])
  })

  it('sends an error through the flow when it is told to, or when a stage catches errors', async () => {
    const shapes: [(items: Flow<number>) => Flow<unknown>, ProcessorOptions, unknown[]][] = [
      [(items) => items.buffer(4), { errors: 'through' }, [2, boom]],
      [(items) => items.buffer(4).recover(() => 'saved'), {}, [2, 'saved', 'complete']],
      [(items) => items.recoverWith(() => flow(['other'])).buffer(4), {}, [2, 'other', 'complete']],
    ]
    for (const [build, options, end] of shapes) {
      const { processor, witness, upstream } = plugged(build, options)
      processor.onSubscribe(upstream)
      processor.subscribe(witness)
      witness.subscription?.request(1)
      await settled()
      processor.onNext(1)
      processor.onNext(2)
      processor.onError(boom)
      await settled()
      expect(witness.signals).toEqual(['subscribed', 1])
      witness.subscription?.request(9)
      await settled()
      expect(witness.signals).toEqual(['subscribed', 1, ...end])
      expect(upstream.cancelled).toBe(0)
    }
  })

  it('tells an end that comes before anybody asks, or before anybody is there', async () => {
    for (const isEarly of [true, false]) {
      for (const end of ['onError', 'onComplete'] as const) {
        const { processor, witness, upstream } = plugged((items) => items.buffer(2))
        processor.onSubscribe(upstream)
        if (!isEarly) processor.subscribe(witness)
        if (end === 'onError') processor.onError(boom)
        else processor.onComplete()
        if (isEarly) processor.subscribe(witness)
        await settled()
        expect(witness.signals).toEqual(['subscribed', end === 'onError' ? boom : 'complete'])
      }
    }
  })

  it('cancels its upstream when its subscriber cancels, now or as soon as it comes', async () => {
    const whens: ((processor: Subscriber<number>, upstream: Upstream, cancel: () => void) => void)[] = [
      (processor, upstream, cancel) => {
        processor.onSubscribe(upstream)
        cancel()
      },
      (processor, upstream, cancel) => {
        cancel()
        processor.onSubscribe(upstream)
      },
    ]
    for (const when of whens) {
      for (const build of [(items: Flow<number>) => items, (items: Flow<number>) => items.take(0)]) {
        const { processor, witness, upstream } = plugged(build)
        when(processor, upstream, () => {
          processor.subscribe(witness)
          witness.subscription?.cancel()
        })
        await settled()
        expect(upstream.cancelled).toBe(1)
        processor.onNext(1)
        expect(witness.signals).not.toContain(1)
      }
    }
  })

  it('cancels its upstream when its subscriber cancels before anything runs', async () => {
    for (const isEarly of [true, false]) {
      const { processor, witness, upstream, runs } = plugged()
      witness.onSubscribe = (subscription) => subscription.cancel()
      if (isEarly) processor.onSubscribe(upstream)
      processor.subscribe(witness)
      if (!isEarly) processor.onSubscribe(upstream)
      await settled()
      expect(upstream.cancelled).toBe(1)
      expect(runs).toEqual([])
    }
  })

  it('takes one publisher and one subscriber', async () => {
    const { processor, witness, upstream } = plugged()
    const [second, late] = [new Upstream(), new Upstream()]
    const other = new Witness()
    processor.onSubscribe(upstream)
    processor.onSubscribe(second)
    processor.subscribe(witness)
    processor.onSubscribe(late)
    processor.subscribe(other)
    await settled()
    expect([upstream.cancelled, second.cancelled, late.cancelled]).toEqual([0, 1, 1])
    expect(other.signals).toEqual(['subscribed', expect.objectContaining({ code: 'FOREBAY_ALREADY_RUN' })])
    processor.subscribe(witness)
    expect(witness.signals).toEqual(['subscribed', expect.objectContaining({ code: 'FOREBAY_PROTOCOL' })])
  })

  it('cannot read its input twice', async () => {
    const { processor, witness, upstream } = plugged((items) => items.merge(items))
    processor.onSubscribe(upstream)
    processor.subscribe(witness)
    await settled()
    expect(witness.signals[1]).toMatchObject({ code: 'FOREBAY_ALREADY_RUN' })
  })

  it('waits for its stores before it listens', async () => {
    const clock = new VirtualClock()
    const store = durableStore(memoryStore({ clock }))
    const { processor, witness, upstream } = plugged((items) => items.durable('orders'), { store, clock })
    processor.onSubscribe(upstream)
    processor.subscribe(witness)
    witness.subscription?.request(5)
    await clock.advance(100)
    processor.onNext(1)
    await clock.advance(100)
    expect(witness.signals).toEqual(['subscribed', 1])
    witness.subscription?.cancel()
    await clock.advance(100)
    expect(upstream.cancelled).toBe(1)
  })

  it('fails on an item that nobody asked for, before and after it listens', async () => {
    for (const isEarly of [true, false]) {
      const { processor, witness, upstream } = plugged()
      processor.onSubscribe(upstream)
      if (!isEarly) processor.subscribe(witness)
      processor.onNext(1)
      if (isEarly) processor.subscribe(witness)
      await settled()
      expect(witness.signals).toEqual(['subscribed', expect.objectContaining({ code: 'FOREBAY_PROTOCOL' })])
      expect(upstream.cancelled).toBe(1)
    }
  })

  it('throws on what is missing, and goes on or ends', async () => {
    const { processor, witness, upstream } = plugged()
    expect(() => processor.onSubscribe(null as never)).toThrow(TypeError)
    expect(() => processor.onError(null)).toThrow(TypeError)
    expect(() => processor.subscribe(null as never)).toThrow(TypeError)
    processor.onSubscribe(upstream)
    processor.subscribe(witness)
    expect(() => processor.onError(undefined)).toThrow(TypeError)
    await settled()
    expect(witness.signals).toEqual(['subscribed', expect.any(TypeError)])
    expect(() => toProcessor(null as never)).toThrow(TypeError)
    expect(() => toProcessor(() => null as never)).toThrow(TypeError)
    expect(() => toProcessor((items) => items, { errors: 'sideways' as never })).toThrow(RangeError)
  })
})
