import { describe, expect, it, vi } from 'vitest'
import { flow } from '../flow/sources.ts'
import type { Subscriber, Subscription } from '../flow/sources/publisher.ts'
import { fromPublisher } from './from-publisher.ts'
import { toAsyncIterable } from './to-async-iterable.ts'
import { toPublisher } from './to-publisher.ts'
import { toReadableStream, toWritableStream } from './web-streams.ts'

/** An endless source that says how far it was read and how often it was closed. */
function counted(): { items: Iterable<number>; read: () => number; closed: () => number } {
  let read = 0
  let closed = 0
  const items = {
    *[Symbol.iterator]() {
      try {
        for (;;) yield ++read
      } finally {
        closed++
      }
    },
  }
  return { items, read: () => read, closed: () => closed }
}

/** Writes down every signal; requests nothing by itself. */
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
    this.signals.push(String(error))
  }
  onComplete(): void {
    this.signals.push('complete')
  }
}

describe('a publisher of a flow', () => {
  it('sends what is requested and no more, and completes without further demand', () => {
    const witness = new Witness()
    toPublisher(flow.range(1, 4)).subscribe(witness)
    expect(witness.signals).toEqual(['subscribed'])
    witness.subscription?.request(1)
    expect(witness.signals).toEqual(['subscribed', 1])
    witness.subscription?.request(2)
    expect(witness.signals).toEqual(['subscribed', 1, 2, 3])
    witness.subscription?.request(Number.MAX_SAFE_INTEGER)
    expect(witness.signals).toEqual(['subscribed', 1, 2, 3, 4, 'complete'])
  })

  it('is a run for each subscriber', () => {
    const publisher = toPublisher(flow.range(1, 2))
    const witnesses = [new Witness(), new Witness()]
    for (const witness of witnesses) {
      publisher.subscribe(witness)
      witness.subscription?.request(9)
    }
    for (const { signals } of witnesses) expect(signals).toEqual(['subscribed', 1, 2, 'complete'])
  })

  it('stops when it is cancelled, however often, and inside onNext as well', () => {
    const source = counted()
    const witness = new Witness()
    witness.onNext = (value) => {
      witness.signals.push(value)
      if (value === 3) witness.subscription?.cancel()
    }
    toPublisher(flow(source.items)).subscribe(witness)
    witness.subscription?.request(100)
    witness.subscription?.cancel()
    witness.subscription?.request(5)

    expect(witness.signals).toEqual(['subscribed', 1, 2, 3])
    expect(source.closed()).toBe(1)
  })

  it('takes requests inside onNext without growing the stack (rule 3.3)', () => {
    let depth = 0
    let deepest = 0
    const witness = new Witness()
    witness.onNext = (value) => {
      deepest = Math.max(deepest, ++depth)
      if (value === 10_000) witness.signals.push('last')
      witness.subscription?.request(1)
      depth--
    }
    toPublisher(flow.range(1, 10_000)).subscribe(witness)
    witness.subscription?.request(1)

    return vi.waitFor(() => {
      expect(witness.signals).toEqual(['subscribed', 'last', 'complete'])
      expect(deepest).toBe(1)
    })
  })

  it('fails on a request that is none (rule 3.9), on a failing flow, and when it cannot run at all', async () => {
    for (const n of [0, -1, Number.NaN]) {
      const witness = new Witness()
      toPublisher(flow.range(1, 4)).subscribe(witness)
      witness.subscription?.request(n)
      expect(witness.signals).toEqual(['subscribed', expect.stringContaining('3.9')])
    }
    const failing = new Witness()
    const torn = flow.range(1, 4).map(() => {
      throw new Error('torn')
    })
    toPublisher(torn).subscribe(failing)
    failing.subscription?.request(1)
    expect(failing.signals).toEqual(['subscribed', 'Error: torn'])

    const refused = new Witness()
    toPublisher(flow([1]).durable('d')).subscribe(refused)
    expect(refused.signals).toEqual(['subscribed', expect.stringContaining('need run({ store })')])
    expect(() => toPublisher(flow([1])).subscribe(null as never)).toThrow(TypeError)
  })

  it('can be a flow again', async () => {
    expect(await fromPublisher(toPublisher(flow.range(1, 1000))).count()).toBe(1000)
  })
})

describe('a web stream of a flow', () => {
  it('reads one item for one read, and cancels the run', async () => {
    const source = counted()
    const stream = toReadableStream(flow(source.items))
    const reader = stream.getReader()
    await new Promise((resolve) => setTimeout(resolve))
    expect(source.read()).toBe(0)
    expect(await reader.read()).toEqual({ done: false, value: 1 })
    expect(await reader.read()).toEqual({ done: false, value: 2 })
    expect(source.read()).toBe(2)
    await reader.cancel('enough')
    expect(source.closed()).toBe(1)
  })

  it('ends and fails as the flow does', async () => {
    const values: number[] = []
    for await (const value of toReadableStream(flow.range(1, 3))) values.push(value as number)
    expect(values).toEqual([1, 2, 3])
    const torn = flow.range(1, 3).map(() => {
      throw new Error('torn')
    })
    await expect(toReadableStream(torn).getReader().read()).rejects.toThrow('torn')
  })
})

describe('a web stream as a sink', () => {
  it('waits for it, closes it with the flow, and aborts it with a failure', async () => {
    const written: number[] = []
    let most = 0
    let waiting = 0
    const close = vi.fn()
    const stream = new WritableStream<number>(
      {
        write: async (value) => {
          most = Math.max(most, ++waiting)
          await new Promise((resolve) => setTimeout(resolve))
          waiting--
          written.push(value)
        },
        close,
      },
      { highWaterMark: 2 },
    )
    expect(await flow.range(1, 20).to(toWritableStream(stream)).run().done).toBe(20)
    expect(written).toHaveLength(20)
    expect(most).toBe(1)
    expect(close).toHaveBeenCalledOnce()

    const abort = vi.fn()
    const torn = flow.range(1, 3).map((n) => {
      if (n === 2) throw new Error('torn')
      return n
    })
    const aborted = new WritableStream<number>({ abort })
    await expect(torn.to(toWritableStream(aborted)).run().done).rejects.toThrow('torn')
    await vi.waitFor(() => expect(abort).toHaveBeenCalledOnce())
  })

  it('fails the flow when a write fails', async () => {
    const stream = new WritableStream<number>({
      write: (n) => {
        if (n === 3) throw new Error('full')
      },
    })
    await expect(flow.range(1, 9).to(toWritableStream(stream)).run().done).rejects.toThrow('full')
    expect(() => toWritableStream({} as never)).toThrow(TypeError)
  })
})

describe('an async iterable of a flow', () => {
  it('is a run for each loop', async () => {
    const items = toAsyncIterable(flow.range(1, 3), { codegen: false })
    for (let loop = 0; loop < 2; loop++) {
      const seen: number[] = []
      for await (const n of items) seen.push(n)
      expect(seen).toEqual([1, 2, 3])
    }
  })
})

describe('a flow of an async iterator', () => {
  /** Three items, and how often it was told of its end. */
  function told() {
    const calls: string[] = []
    const items = {
      [Symbol.asyncIterator]: () => {
        let n = 0
        return {
          next: async () => ({ done: ++n > 3, value: n }),
          return: async (reason?: unknown) => (
            calls.push(`return ${String(reason)}`),
            { done: true as const, value: 0 }
          ),
          throw: async () => (calls.push('throw'), { done: true as const, value: 0 }),
        }
      },
    }
    return { items: items as AsyncIterable<number>, calls }
  }

  it('closes it exactly once when it ends early, never when it has ended by itself, and throws nothing into it', async () => {
    const whole = told()
    expect(await flow(whole.items).count()).toBe(3)
    expect(whole.calls).toEqual([])

    const taken = told()
    expect(await flow(taken.items).take(1).count()).toBe(1)
    expect(taken.calls).toHaveLength(1)

    const torn = told()
    const failing = flow(torn.items).map(() => {
      throw new Error('torn')
    })
    await expect(failing.count()).rejects.toThrow('torn')
    expect(torn.calls).toEqual([expect.stringMatching(/^return .*torn/)])

    const left = told()
    const run = flow(left.items)
      .to(() => new Promise(() => {}))
      .run()
    run.done.catch(() => {})
    await new Promise(setImmediate)
    run.cancel('enough')
    run.cancel('again')
    await run.done.catch(() => {})
    expect(left.calls).toEqual([expect.stringMatching(/^return .*enough/)])
  })
})
