import { describe, expect, it, vi } from 'vitest'
import { flow } from './sources.ts'
import type { Publisher, Subscriber } from './sources/publisher.ts'

describe('a flow of an iterable', () => {
  it('can be run again, unless the iterable is its own iterator', async () => {
    const numbers = new Set([1, 2])
    const generator = (function* () {
      yield* [1, 2]
    })()
    const slowly = (async function* () {
      yield* [1, 2]
    })()

    for (const source of [numbers, [1, 2], { [Symbol.iterator]: () => [1, 2].values() }]) {
      expect([await flow(source).toArray(9), await flow(source).toArray(9)]).toEqual([
        [1, 2],
        [1, 2],
      ])
    }
    for (const source of [generator, slowly, new Map([[1, 2]]).keys()]) {
      expect(await flow<number>(source).count()).toBeGreaterThan(0)
      await expect(flow<number>(source).count()).rejects.toMatchObject({ code: 'FOREBAY_ALREADY_RUN' })
    }
  })

  it('asks an async iterable for one item more than it needs at most', async () => {
    let asked = 0
    const closed = vi.fn()
    async function* source(): AsyncGenerator<number> {
      try {
        for (;;) yield asked++
      } finally {
        closed()
      }
    }
    expect(await flow(source()).take(3).toArray(9)).toEqual([0, 1, 2])
    await vi.waitFor(() => expect(closed).toHaveBeenCalledOnce())
    expect(asked).toBe(3)
  })
})

describe('a flow of a web stream', () => {
  it('reads with demand, and gives the lock back at the end', async () => {
    let pulled = 0
    const stream = new ReadableStream<number>(
      { pull: (controller) => (pulled < 5 ? controller.enqueue(++pulled) : controller.close()) },
      { highWaterMark: 0 },
    )
    expect(await flow<number>(stream).toArray(9)).toEqual([1, 2, 3, 4, 5])
    expect(stream.locked).toBe(false)
    await expect(flow<number>(stream).count()).rejects.toMatchObject({ code: 'FOREBAY_ALREADY_RUN' })
  })

  it('cancels the stream when the flow has had enough', async () => {
    const cancel = vi.fn()
    let pulled = 0
    const stream = new ReadableStream<number>(
      { pull: (controller) => controller.enqueue(++pulled), cancel },
      { highWaterMark: 0 },
    )
    expect(await flow<number>(stream).first()).toBe(1)
    await vi.waitFor(() => expect(cancel).toHaveBeenCalledOnce())
    expect(pulled).toBe(1)
    await vi.waitFor(() => expect(stream.locked).toBe(false))
  })

  it('fails with the error of the stream', async () => {
    const stream = new ReadableStream<number>({ start: (controller) => controller.error(new Error('torn')) })

    await expect(flow<number>(stream).count()).rejects.toThrow('torn')
    expect(stream.locked).toBe(false)
  })
})

describe('a flow of a publisher', () => {
  /** Sends numbers, synchronously inside `request`. */
  function numbers(last: number): Publisher<number> & { requests: number[]; cancelled: number } {
    const state = {
      requests: [] as number[],
      cancelled: 0,
      subscribe(subscriber: Subscriber<number>) {
        let n = 0
        let isOver = false
        subscriber.onSubscribe({
          request: (count) => {
            state.requests.push(count)
            for (let i = 0; i < count && !isOver && n < last; i++) subscriber.onNext(++n)
            if (n < last || isOver) return
            isOver = true
            subscriber.onComplete()
          },
          cancel: () => {
            isOver = true
            state.cancelled++
          },
        })
      },
    }
    return state
  }

  it('requests what downstream wants and no more', async () => {
    const publisher = numbers(5)
    const seen: number[] = []
    for await (const n of flow<number>(publisher)) {
      expect(publisher.requests.reduce((sum, count) => sum + count, 0)).toBe(n)
      seen.push(n)
    }
    expect(seen).toEqual([1, 2, 3, 4, 5])
    expect(await flow<number>(numbers(1000)).count()).toBe(1000)
  })

  it('cancels its subscription once', async () => {
    const publisher = numbers(1e9)
    expect(await flow<number>(publisher).take(3).toArray(9)).toEqual([1, 2, 3])
    expect(publisher.cancelled).toBe(1)
  })

  it('fails with its error after what came before, and when it sends more than was asked for', async () => {
    const failing: Publisher<number> = {
      subscribe: (subscriber) => {
        subscriber.onSubscribe({
          request: () => {
            subscriber.onNext(1)
            subscriber.onError(new Error('torn'))
          },
          cancel: () => {},
        })
      },
    }
    const flooding: Publisher<number> = {
      subscribe: (subscriber) => {
        subscriber.onSubscribe({
          request: (count) => {
            for (let i = 0; i <= count; i++) subscriber.onNext(i)
          },
          cancel: () => {},
        })
      },
    }
    const seen: number[] = []
    await expect(flow<number>(failing).forEach((n) => seen.push(n))).rejects.toThrow('torn')
    expect(seen).toEqual([1])
    await expect(flow<number>(flooding).forEach(() => {})).rejects.toMatchObject({ code: 'FOREBAY_PROTOCOL' })
  })

  it('hands on what it holds when it is drained', async () => {
    let subscriber: Subscriber<number> | undefined
    const seen: number[] = []
    const run = flow<number>({
      subscribe: (to) => {
        subscriber = to
        to.onSubscribe({ request: () => {}, cancel: () => {} })
      },
    })
      .buffer(4)
      .to(async (n) => void seen.push(n))
      .run()
    for (const n of [1, 2, 3]) subscriber?.onNext(n)
    await run.drain()

    expect(seen).toEqual([1, 2, 3])
  })
})
