import { describe, expect, it } from 'vitest'
import type { Firehose } from '../flow/firehose.ts'
import { flow } from '../flow/sources.ts'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { fromObservable, type Observer } from './from-observable.ts'
import { toObservable } from './to-observable.ts'

type Target<T> = Partial<Observer<T>> | ((value: T) => void)

interface PlatformSubscriber<T> extends Observer<T> {
  readonly active: boolean
  readonly signal: AbortSignal
  addTeardown(teardown: () => void): void
}

/**
 * The Observable of the web platform (WICG/observable) as far as it is used here: `subscribe` gives nothing back, and is
 * left by the signal of its options; one producer for all subscribers that are there at once; teardowns run once.
 */
class PlatformObservable<T> {
  readonly #start: (subscriber: PlatformSubscriber<T>) => void
  readonly #observers = new Set<Partial<Observer<T>>>()
  #controller: AbortController | undefined

  constructor(start: (subscriber: PlatformSubscriber<T>) => void) {
    this.#start = start
  }

  static from<T>(items: AsyncIterable<T>): PlatformObservable<T> {
    return new PlatformObservable((subscriber) => {
      const iterator = items[Symbol.asyncIterator]()
      subscriber.addTeardown(() => void iterator.return?.())
      const read = (): void => {
        iterator.next().then(
          ({ done, value }) => {
            if (done === true) return subscriber.complete()
            subscriber.next(value as T)
            if (subscriber.active) read()
          },
          (error: unknown) => subscriber.error(error),
        )
      }
      read()
    })
  }

  subscribe(target: Target<T> = {}, { signal }: { signal?: AbortSignal } = {}): void {
    if (signal?.aborted === true) return
    const observer = typeof target === 'function' ? { next: target } : target
    this.#observers.add(observer)
    signal?.addEventListener('abort', () => {
      this.#observers.delete(observer)
      if (this.#observers.size === 0) this.#close()
    })
    if (this.#controller === undefined) this.#open()
  }

  #open(): void {
    const controller = (this.#controller = new AbortController())
    const all = (tell: (observer: Partial<Observer<T>>) => void, isEnd: boolean): void => {
      if (controller.signal.aborted) return
      const observers = [...this.#observers]
      if (isEnd) {
        this.#observers.clear()
        this.#close()
      }
      for (const observer of observers) tell(observer)
    }
    this.#start({
      get active() {
        return !controller.signal.aborted
      },
      signal: controller.signal,
      addTeardown: (teardown) => {
        if (controller.signal.aborted) teardown()
        else controller.signal.addEventListener('abort', teardown)
      },
      next: (value) => all((observer) => observer.next?.(value), false),
      error: (error) => all((observer) => observer.error?.(error), true),
      complete: () => all((observer) => observer.complete?.(), true),
    })
  }

  #close(): void {
    const controller = this.#controller
    this.#controller = undefined
    controller?.abort()
  }
}

describe('an observable of the web platform', () => {
  it('is a firehose that is left by its signal, once', async () => {
    let torn = 0
    let starts = 0
    const numbers = new PlatformObservable<number>((subscriber) => {
      starts++
      subscriber.addTeardown(() => void torn++)
      for (let n = 1; subscriber.active && n < 1000; n++) subscriber.next(n)
    })
    const hose: Firehose<number> = fromObservable<number>(numbers)
    // @ts-expect-error -- it cannot be slowed, so it has no sink before a policy
    expect(() => hose.to(() => {})).toThrow(/has no to\(\)/)
    expect(await hose.buffer(4, 'drop-newest').first()).toBe(1)
    expect({ starts, torn }).toEqual({ starts: 1, torn: 1 })
    await expect(
      hose
        .buffer(4, 'fail')
        .to(() => {})
        .run().done,
    ).rejects.toMatchObject({
      code: 'FOREBAY_OVERFLOW',
    })
    expect({ starts, torn }).toEqual({ starts: 2, torn: 2 })
  })

  it('ends and fails the flow', async () => {
    const ends = (error?: Error): PlatformObservable<number> =>
      new PlatformObservable((subscriber) => {
        subscriber.next(1)
        if (error === undefined) subscriber.complete()
        else subscriber.error(error)
        subscriber.next(2)
      })
    expect(await fromObservable<number>(ends()).buffer(4, 'fail').toArray(4)).toEqual([1])
    await expect(
      fromObservable<number>(ends(new Error('torn')))
        .buffer(4, 'fail')
        .count(),
    ).rejects.toThrow('torn')
  })

  it('is made of a flow, which is an async iterable, and of its observable', async () => {
    const seen: unknown[] = []
    await new Promise<void>((complete) =>
      PlatformObservable.from(flow.range(1, 3)).subscribe({ next: (n) => void seen.push(n), complete }),
    )
    expect(seen).toEqual([1, 2, 3])
    const clock = new VirtualClock()
    let read = 0
    const slow = flow
      .range(1, 100)
      .mapAsync((n) => new Promise<number>((resolve) => void clock.after(1, () => resolve((read = n)))))
    const left = new AbortController()
    PlatformObservable.from({ [Symbol.asyncIterator]: () => slow.iterate({ clock }) }).subscribe(
      (n) => {
        if (n === 2) left.abort()
      },
      { signal: left.signal },
    )
    await clock.advance(50)
    expect(read).toBeLessThan(5)
    toObservable(flow.range(4, 5)).subscribe((n) => void seen.push(n))
    expect(seen).toEqual([1, 2, 3, 4, 5])
  })
})
