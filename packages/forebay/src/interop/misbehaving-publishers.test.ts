import { describe, expect, it } from 'vitest'
import type { Flow } from '../flow/flow.ts'
import type { Publisher, Subscriber, Subscription } from '../flow/sources/publisher.ts'
import { fromPublisher } from './from-publisher.ts'
import { toSubscriber } from './to-subscriber.ts'

const nothing = (): void => {}

/** A publisher made of what it does with its subscriber. */
function acts(subscribe: (to: Subscriber<number>) => void): Publisher<number> {
  return { subscribe }
}

/** One that answers a request synchronously. */
function answers(request: (to: Subscriber<number>, n: number) => void, cancel = nothing): Publisher<number> {
  return acts((to) => to.onSubscribe({ request: (n) => request(to, n), cancel }))
}

function items(to: Subscriber<number>, count: number): void {
  for (let n = 1; n <= count; n++) to.onNext(n)
}

/** What the flow makes of it: items seen, how it ended, and whether every item is accounted for. */
async function outcome(publisher: Publisher<number>, shape: (flow: Flow<number>) => Flow<number> = (flow) => flow) {
  const seen: number[] = []
  const run = shape(fromPublisher(publisher))
    .to((n) => void seen.push(n))
    .run()
  const error = await run.done.then(nothing, (reason: unknown) => reason)
  const { ledger, balanced } = run.inspect()
  expect(balanced).toBe(true)
  expect(ledger.inFlight).toBe(0)
  return { seen, error: error as Error & { code?: string; cause?: unknown }, ledger }
}

const boom = new Error('boom')

/** Each breaks one rule; the flow fails and names it. */
const broken: readonly (readonly [what: string, rule: string, publisher: Publisher<number>])[] = [
  ['sends more than was requested', '1.1', answers((to, n) => items(to, n + 1))],
  ['sends before onSubscribe', '1.9', acts((to) => items(to, 1))],
  ['completes before onSubscribe', '1.9', acts((to) => to.onComplete())],
  ['fails before onSubscribe', '1.9', acts((to) => to.onError(boom))],
  [
    'throws in subscribe',
    '1.9',
    acts(() => {
      throw boom
    }),
  ],
  [
    'throws in request',
    '3.16',
    answers(() => {
      throw boom
    }),
  ],
  [
    'throws in subscribe after onSubscribe',
    '1.9',
    acts((to) => {
      to.onSubscribe({ request: nothing, cancel: nothing })
      throw boom
    }),
  ],
  ['hands over no subscription', '2.13', acts((to) => to.onSubscribe(null as never))],
  ['hands over no error', '2.13', answers((to) => to.onError(null))],
]

describe('a flow of a publisher that', () => {
  it.each(broken)('%s fails with rule %s', async (_, rule, publisher) => {
    const shapes: ((flow: Flow<number>) => Flow<number>)[] = [
      (flow) => flow,
      (flow) => flow.buffer(8),
      (flow) => flow.flatMap((n) => [n, n]),
      (flow) => flow.mapAsync(async (n) => n, { concurrency: 4 }),
    ]
    for (const shape of shapes) {
      const { error } = await outcome(publisher, shape)
      expect(error.message).toContain(`Reactive Streams ${rule}`)
      if (rule === '2.13') expect(error.cause ?? error).toBeInstanceOf(TypeError)
      else expect(error.code).toBe('FOREBAY_PROTOCOL')
    }
  })

  it('throws keeps what was thrown as the cause', async () => {
    for (const [what, , publisher] of broken.filter(([what]) => what.includes('throws') || what.includes('fails'))) {
      expect((await outcome(publisher)).error.cause, what).toBe(boom)
    }
  })

  it('sends more than was requested delivers what was requested, and counts the rest', async () => {
    const { seen, ledger } = await outcome(
      answers((to, n) => items(to, n + 2)),
      (flow) => flow.buffer(4),
    )
    expect(seen).toEqual([1, 2, 3, 4])
    expect(ledger).toMatchObject({ in: 6, out: 4, dropped: { protocol: 2 } })
  })

  it('throws in cancel fails a run that would have completed', async () => {
    const publisher = answers(items, () => {
      throw boom
    })
    const { seen, error } = await outcome(publisher, (flow) => flow.take(1))
    expect(seen).toEqual([1])
    expect(error.message).toContain('Reactive Streams 3.15')
  })

  it('hands over a second subscription has it cancelled, and the first one goes on', async () => {
    let cancelled = 0
    const second: Subscription = { request: () => expect.unreachable(), cancel: () => cancelled++ }
    const publisher = acts((to) => {
      to.onSubscribe({
        request: (n) => {
          to.onSubscribe(second)
          items(to, n)
          to.onComplete()
        },
        cancel: nothing,
      })
    })
    expect((await outcome(publisher)).seen).toEqual([1])
    expect(cancelled).toBe(1)
  })

  it('ends twice, or goes on after its end, has only its first end count', async () => {
    const twice = answers((to) => {
      to.onNext(1)
      to.onComplete()
      to.onError(boom)
      to.onComplete()
      to.onNext(2)
    })
    const { seen, error, ledger } = await outcome(twice)
    expect(seen).toEqual([1])
    expect(error).toBeUndefined()
    expect(ledger).toMatchObject({ in: 2, out: 1, dropped: { protocol: 1 } })
  })

  it('goes on after it was cancelled changes nothing but the account', async () => {
    let late = nothing
    const publisher = answers((to, n) => {
      items(to, 1)
      late = () => items(to, n)
    })
    const seen: number[] = []
    const run = fromPublisher(publisher)
      .buffer(4)
      .take(1)
      .to((n) => void seen.push(n))
      .run()
    await run.done
    late()
    expect(seen).toEqual([1])
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 5, out: 1, inFlight: 0 } })
  })

  it('never answers can still be cancelled, before and after onSubscribe', async () => {
    for (const isLate of [false, true]) {
      let to: Subscriber<number> | undefined
      let cancelled = 0
      const subscription = { request: nothing, cancel: () => void cancelled++ }
      const run = fromPublisher(
        acts((subscriber) => {
          to = subscriber
          if (!isLate) to.onSubscribe(subscription)
        }),
      )
        .to(nothing)
        .run()
      run.cancel('enough')
      await expect(run.done).rejects.toMatchObject({ code: 'FOREBAY_CANCELLED' })
      if (isLate) to?.onSubscribe(subscription)
      expect(cancelled).toBe(1)
    }
  })

  it('fails hands on what there is credit for, counts the rest, and the error waits for no more', async () => {
    const publisher = answers((to, n) => {
      items(to, n)
      to.onError(boom)
    })
    const writes: (() => void)[] = []
    const run = fromPublisher(publisher)
      .flatMap((n) => [n, n, n])
      .to(() => new Promise<void>((resolve) => writes.push(resolve)), { concurrency: 3 })
      .run()
    await expect(run.done).rejects.toBe(boom)
    for (const written of writes) written()
    await Promise.resolve()
    expect(writes).toHaveLength(3)
    expect(run.inspect()).toMatchObject({
      balanced: true,
      ledger: { in: 3, out: 1, dropped: { failed: 2 }, inFlight: 0 },
    })
  })

  it('is none is refused', () => {
    for (const bad of [null, undefined, 7, {}]) expect(() => fromPublisher(bad as never)).toThrow(TypeError)
  })
})

describe('the subscriber of a run', () => {
  it('has null and undefined for items', async () => {
    const seen: unknown[] = []
    const subscriber = toSubscriber<unknown, number>((flow) => flow.to((item) => void seen.push(item)))
    subscriber.onSubscribe({
      request: () => {
        if (seen.length === 0) subscriber.onNext(null)
        else if (seen.length === 1) subscriber.onNext(undefined)
        else subscriber.onComplete()
      },
      cancel: nothing,
    })
    await subscriber.run.done
    expect(seen).toEqual([null, undefined])
  })
})
