import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import type { Firehose } from '../flow/firehose.ts'
import { flow } from '../flow/sources.ts'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { fromEvent } from './from-event.ts'
import { fromObservable, type Observer } from './from-observable.ts'
import { toObservable } from './to-observable.ts'
import type { Run } from '../kernel/run.ts'

/** An observable that the test turns. */
class Subject<T> {
  readonly observers = new Set<Observer<T>>()
  readonly signals: AbortSignal[] = []
  left = 0

  subscribe(observer: Observer<T>, options?: { signal: AbortSignal }): { unsubscribe(): void } {
    this.observers.add(observer)
    if (options !== undefined) this.signals.push(options.signal)
    return {
      unsubscribe: () => {
        this.left++
        this.observers.delete(observer)
      },
    }
  }

  next(item: T): void {
    for (const observer of this.observers) observer.next(item)
  }
}

describe('a firehose of an observable', () => {
  it('has no sink and no operators until it names a policy', () => {
    const hose = fromObservable(new Subject<number>())
    // @ts-expect-error -- it cannot be slowed, so it has no sink
    expect(() => hose.to(() => {})).toThrow(/has no to\(\)/)
    // @ts-expect-error -- nor operators, and so no sink behind them
    expect(() => hose.map((n: number) => n).to(() => {})).toThrow(/has no map\(\)/)
    // @ts-expect-error -- a bound alone is no policy
    expect(() => hose.buffer(8)).toThrow(/needs a policy/)
    // @ts-expect-error -- it is no source of a flow
    expect(() => flow(hose)).toThrow(/make it a firehose/)
    for (const value of [undefined, null, 7, {}, { '@@observable': () => ({}) }]) {
      expect(() => fromObservable(value as never)).toThrow(/^fromObservable: expected an observable/)
    }
  })

  it('counts what does not fit, and the account agrees', async () => {
    const clock = new VirtualClock()
    const subject = new Subject<number>()
    const run = fromObservable(subject)
      .buffer(2, 'drop-oldest')
      .to(() => new Promise<void>((resolve) => void clock.after(10, () => resolve())))
      .run({ clock })
    for (const n of [1, 2, 3, 4, 5]) subject.next(n)
    const [observer] = subject.observers
    observer?.complete()
    observer?.next(6)
    observer?.error(new Error('too late'))
    await clock.advance(100)

    expect(await run.done).toBe(3)
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 5, out: 3, dropped: { 'drop-oldest': 2 } } })
  })

  it('unsubscribes once when it is cancelled, drained or has had enough, by the signal as well', async () => {
    const ends: ((run: Run<number>) => unknown)[] = [
      (run) => (run.cancel('enough'), run.cancel('again')),
      (run) => run.drain(),
    ]
    for (const end of ends) {
      const subject = new Subject<number>()
      const run = fromObservable(subject)
        .buffer(4, 'fail')
        .to(() => {})
        .run()
      run.done.catch(() => {})
      expect(subject.signals.map(({ aborted }) => aborted)).toEqual([false])
      await end(run)
      await run.done.catch(() => {})
      expect(subject).toMatchObject({ left: 1, observers: new Set() })
      expect(subject.signals.map(({ aborted }) => aborted)).toEqual([true])
    }
    const subject = new Subject<number>()
    const first = fromObservable(subject).buffer(4, 'fail').first()
    subject.next(7)
    expect(await first).toBe(7)
    expect(subject.left).toBe(1)
  })

  it('fails with the error of the observable, behind what is held', async () => {
    const subject = new Subject<number>()
    const seen: number[] = []
    const done = fromObservable(subject)
      .buffer(4, 'fail')
      .async()
      .forEach((n) => seen.push(n))
    subject.next(1)
    subject.next(2)
    for (const observer of subject.observers) observer.error(new Error('torn'))
    await expect(done).rejects.toThrow('torn')
    expect(seen).toEqual([1, 2])

    const refusing = {
      subscribe: () => {
        throw new Error('refused')
      },
    }
    await expect(fromObservable(refusing).buffer(1, 'fail').count()).rejects.toThrow('refused')
  })

  it('takes what is sent inside subscribe, null and undefined too', async () => {
    const eager = {
      subscribe: (observer: Observer<unknown>) => {
        for (const item of [1, null, undefined]) observer.next(item)
        observer.complete()
        observer.next('late')
      },
    }
    const hose = fromObservable<unknown>({ '@@observable': () => eager })
    expect(await hose.buffer(4, 'fail').toArray(4)).toEqual([1, null, undefined])
    expect(await hose.buffer(4, 'fail').toArray(4)).toEqual([1, null, undefined])
  })

  it('leaves an endless one that sends inside subscribe by its signal, and unsubscribes once', async () => {
    let sent = 0
    let left = 0
    const endless = {
      subscribe: (observer: Observer<number>, { signal }: { signal: AbortSignal }) => {
        while (!signal.aborted && sent < 1000) observer.next(++sent)
        return { unsubscribe: () => void left++ }
      },
    }
    await expect(
      fromObservable(endless)
        .buffer(4, 'fail')
        .to(() => {})
        .run().done,
    ).rejects.toMatchObject({ code: 'FOREBAY_OVERFLOW' })
    expect(sent).toBeLessThan(10)
    expect(left).toBe(1)
  })
})

/** As RxJS 7 types its observables and what `from()` takes. */
interface Overloaded<T> {
  subscribe(observerOrNext?: Partial<Observer<T>> | ((value: T) => void)): { unsubscribe(): void }
  subscribe(next?: ((value: T) => void) | null, error?: ((error: any) => void) | null): { unsubscribe(): void }
}
interface Interop<T> {
  [Symbol.observable]: () => { subscribe(observer: Partial<Observer<T>>): { unsubscribe(): void } }
}

describe('an observable by the types of RxJS', () => {
  it('keeps the type of its items, both ways', async () => {
    const from = <T>(input: Interop<T>): Overloaded<T> => input[Symbol.observable]() as Overloaded<T>
    Object.defineProperty(Symbol, 'observable', { value: Symbol('observable'), configurable: true })
    try {
      const hose: Firehose<number> = fromObservable(from(toObservable(flow.range(1, 3))))
      expect(await hose.buffer(4, 'fail').toArray(4)).toEqual([1, 2, 3])
      expect(
        await fromObservable<number>(toObservable(flow.range(1, 3)))
          .buffer(4, 'fail')
          .count(),
      ).toBe(3)
    } finally {
      Reflect.deleteProperty(Symbol, 'observable')
    }
  })
})

describe('a firehose of events', () => {
  it('listens to an event target until the event that ends it', async () => {
    const target = new EventTarget()
    const done = fromEvent<Event>(target, 'tick', { until: 'close' })
      .buffer(4, 'fail')
      .map((event) => event.type)
      .toArray(4)
    for (const type of ['tick', 'other', 'tick', 'close', 'tick']) target.dispatchEvent(new Event(type))
    expect(await done).toEqual(['tick', 'tick'])
  })

  it('removes its listeners from an emitter however it ends', async () => {
    const ends: ((emitter: EventEmitter, run: Run<number>) => unknown)[] = [
      (emitter) => emitter.emit('close'),
      (_, run) => run.cancel('enough'),
      (_, run) => run.drain(),
      (emitter) => emitter.emit('data', 'poison'),
    ]
    for (const end of ends) {
      const emitter = new EventEmitter()
      const old = {
        addListener: (type: string, listener: () => void) => emitter.addListener(type, listener),
        removeListener: (type: string, listener: () => void) => emitter.removeListener(type, listener),
      }
      for (const target of [emitter, old]) {
        const seen: unknown[] = []
        const run = fromEvent(target, 'data', { until: 'close' })
          .buffer(4, 'fail')
          .to((item) => {
            if (item === 'poison') throw new Error('poisoned')
            seen.push(item)
          })
          .run()
        run.done.catch(() => {})
        expect([emitter.listenerCount('data'), emitter.listenerCount('close')]).toEqual([1, 1])
        emitter.emit('data', 1)
        emitter.emit('data', 2, 'b')
        await end(emitter, run)
        await run.done.catch(() => {})
        expect(seen).toEqual([1, [2, 'b']])
        expect([emitter.listenerCount('data'), emitter.listenerCount('close')]).toEqual([0, 0])
        expect(run.inspect().balanced).toBe(true)
      }
    }
  })

  it('refuses what has no events, and names that are none', () => {
    for (const target of [undefined, null, 7, {}, { on: () => {} }]) {
      expect(() => fromEvent(target as never, 'data')).toThrow(/^fromEvent: expected an event target or emitter/)
    }
    expect(() => fromEvent(new EventTarget(), 7 as never)).toThrow(/^fromEvent type: /)
    expect(() => fromEvent(new EventTarget(), 'data', { until: 7 as never })).toThrow(/^fromEvent until: /)
    // @ts-expect-error -- events cannot be slowed either
    expect(() => fromEvent(new EventTarget(), 'data').to(() => {})).toThrow(/has no to\(\)/)
  })
})

describe('an observable of a flow', () => {
  it('is a run for each subscription, and completes', () => {
    const observable = toObservable(flow.range(1, 3))
    for (const source of [observable, observable['@@observable']()]) {
      const seen: unknown[] = []
      const subscription = source.subscribe({ next: (n) => seen.push(n), complete: () => seen.push('complete') })
      expect(seen).toEqual([1, 2, 3, 'complete'])
      expect(subscription.closed).toBe(true)
    }
    const seen: number[] = []
    observable.subscribe((n) => seen.push(n))
    expect(seen).toEqual([1, 2, 3])
    expect(() => observable.subscribe(undefined as never)).toThrow(TypeError)
  })

  it('cancels its run when it is unsubscribed, from outside and inside subscribe', async () => {
    const clock = new VirtualClock()
    const runs: Run<void>[] = []
    let closed = 0
    const items = {
      *[Symbol.iterator]() {
        try {
          for (let i = 1; i < 10_000; i++) yield i
        } finally {
          closed++
        }
      },
    }
    const seen: number[] = []
    const observable = toObservable(flow(items), { clock, onRun: (run) => runs.push(run) })
    const observer = {
      closed: false,
      next: (n: number) => {
        seen.push(n)
        if (n === 3) observer.closed = true
      },
    }
    const subscription = observable.subscribe(observer)
    expect(seen).toEqual([1, 2, 3])
    expect(closed).toBe(1)
    subscription.unsubscribe()
    subscription.unsubscribe()

    let count = 0
    const waiting = toObservable(
      flow(items).mapAsync((n) => new Promise((resolve) => void clock.after(10, () => resolve(n))), { concurrency: 1 }),
      { clock, onRun: (run) => runs.push(run) },
    ).subscribe(() => void count++)
    await clock.advance(25)
    expect(count).toBe(2)
    waiting.unsubscribe()
    expect(waiting.closed).toBe(true)
    await clock.advance(100)
    expect(count).toBe(2)
    expect(closed).toBe(2)
    for (const run of runs) {
      await expect(run.done).rejects.toMatchObject({ code: 'FOREBAY_CANCELLED' })
      expect(run.inspect().balanced).toBe(true)
    }
  })

  it('passes the error of the flow on, and says so where nobody listens', () => {
    const torn = flow.range(1, 4).map((n) => {
      if (n === 2) throw new Error('torn')
      return n
    })
    const seen: unknown[] = []
    toObservable(torn).subscribe({ next: (n) => seen.push(n), error: (error) => seen.push(String(error)) })
    expect(seen).toEqual([1, 'Error: torn'])

    const told: unknown[] = []
    const observable = toObservable(torn, { onViolation: (error) => told.push(error) })
    observable.subscribe(() => {})
    observable.subscribe(() => {
      throw new Error('observer')
    })
    expect(told).toEqual([
      expect.objectContaining({ cause: expect.objectContaining({ message: 'torn' }) }),
      expect.objectContaining({ cause: expect.objectContaining({ message: 'observer' }) }),
    ])
  })

  it('is a firehose again where it is read, with everything inside subscribe', async () => {
    expect(
      await fromObservable(toObservable(flow.range(1, 100)))
        .buffer(100, 'fail')
        .count(),
    ).toBe(100)
  })
})
