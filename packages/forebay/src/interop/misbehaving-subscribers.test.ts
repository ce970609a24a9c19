import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { flow } from '../flow/sources.ts'
import type { Subscriber, Subscription } from '../flow/sources/publisher.ts'
import type { ForebayError } from '../kernel/errors.ts'
import { operator } from '../kernel/operator.ts'
import type { Run } from '../kernel/run.ts'
import { settled } from '../testkit/virtual-clock.ts'
import { toPublisher } from './to-publisher.ts'

const boom = new Error('boom')

type Method = keyof Subscriber<number>

/** Requests everything; throws in one of its methods, at the second item. */
class Thrower implements Subscriber<number> {
  readonly signals: string[] = []
  subscription: Subscription | undefined
  readonly #where: Method

  constructor(where: Method) {
    this.#where = where
  }

  onSubscribe(subscription: Subscription): void {
    this.subscription = subscription
    subscription.request(100)
    this.#signal('onSubscribe')
  }

  onNext(n: number): void {
    this.#signal('onNext', n)
  }

  onError(): void {
    this.#signal('onError')
  }

  onComplete(): void {
    this.#signal('onComplete')
  }

  #signal(method: Method, n = 2): void {
    this.signals.push(method)
    if (method === this.#where && n === 2) throw boom
  }
}

describe('a subscriber that throws', () => {
  const runs: Run[] = []
  const violations: ForebayError[] = []
  const options = {
    onRun: (run: Run<void>) => void runs.push(run),
    onViolation: (error: ForebayError) => void violations.push(error),
  }
  const failing = flow.range(1, 9).map((n) => {
    if (n === 4) throw new Error('torn')
    return n
  })

  beforeEach(() => {
    runs.length = violations.length = 0
  })
  afterEach(() => vi.restoreAllMocks())

  it.each([
    ['onSubscribe', ['onSubscribe']],
    ['onNext', ['onSubscribe', 'onNext', 'onNext']],
    ['onError', ['onSubscribe', 'onNext', 'onNext', 'onNext', 'onError']],
  ] as const)('in %s counts as having cancelled, and somebody is told', async (where, signals) => {
    const subscriber = new Thrower(where)
    toPublisher(failing, options).subscribe(subscriber)
    subscriber.subscription?.request(1)
    await settled()

    expect(subscriber.signals).toEqual(signals)
    expect(violations).toMatchObject([{ code: 'FOREBAY_PROTOCOL', cause: boom }])
    expect(violations[0]?.message).toContain(`threw in ${where}`)
    for (const run of runs) {
      await expect(run.done).rejects.toThrow()
      expect(run.inspect()).toMatchObject({ state: 'failed', balanced: true, ledger: { inFlight: 0 } })
    }
    expect(runs).toHaveLength(where === 'onSubscribe' ? 0 : 1)
  })

  it('in onComplete fails the run', async () => {
    toPublisher(flow.range(1, 3), options).subscribe(new Thrower('onComplete'))
    await expect(runs[0]?.done).rejects.toBe(violations[0])
    expect(runs[0]?.inspect()).toMatchObject({ balanced: true, ledger: { in: 3, out: 3 } })
  })

  it('is reported on the console unless somebody else is told, also when that one throws', () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    toPublisher(failing).subscribe(new Thrower('onSubscribe'))
    expect(error).toHaveBeenCalledOnce()

    const onViolation = (): never => {
      throw new Error('deaf')
    }
    toPublisher(failing, { onViolation }).subscribe(new Thrower('onSubscribe'))
    expect(error).toHaveBeenCalledTimes(2)
  })
})

describe('a subscription', () => {
  const subscriber = (signals: unknown[], onSubscribe: (subscription: Subscription) => void): Subscriber<number> => ({
    onSubscribe,
    onNext: (n) => void signals.push(n),
    onError: (error) => void signals.push(error),
    onComplete: () => void signals.push('complete'),
  })

  it('is not run for a subscriber that cancels at once, or asks for nothing', () => {
    const signals: unknown[] = []
    const onRun = vi.fn()
    const publisher = toPublisher(flow.range(1, 9), { onRun })
    publisher.subscribe(subscriber(signals, (subscription) => subscription.cancel()))
    expect(signals).toEqual([])
    publisher.subscribe(subscriber(signals, (subscription) => subscription.request(0)))
    expect(signals).toEqual([expect.any(RangeError)])
    expect(onRun).not.toHaveBeenCalled()
  })

  it('never signals inside another signal, whatever is asked for there', () => {
    const signals: unknown[] = []
    const seen = subscriber(signals, (subscription) => {
      subscription.request(3)
      subscription.request(2)
      signals.push('subscribed')
      seen.onNext = (n) => {
        subscription.request(n === 4 ? -1 : 1)
        if (n === 4) subscription.request(-2)
        signals.push(n)
      }
    })
    toPublisher(flow.range(1, 9)).subscribe(seen)
    expect(signals).toEqual(['subscribed', 1, 2, 3, 4, expect.any(RangeError)])
    expect(String(signals.at(-1))).toContain('got -1')
  })

  it('gets nothing more of a stage that sends without credit, and counts it', async () => {
    const signals: unknown[] = []
    let run: Run | undefined
    const twice = operator<number, number>('twice', { cardinality: 'many' }, (down) => ({
      push: (n) => {
        down.push(n, undefined)
        down.push(n, undefined)
      },
    }))
    const cancelling = subscriber(signals, (subscription) => {
      cancelling.onNext = (n) => {
        signals.push(n)
        subscription.cancel()
      }
      subscription.request(1)
    })
    toPublisher(flow.range(1, 9).via(twice), { onRun: (started) => void (run = started) }).subscribe(cancelling)
    await settled()
    expect(signals).toEqual([1])
    expect(run?.inspect().stages.at(0)).toMatchObject({ name: 'subscriber', in: 2, discarded: { cancelled: 1 } })
  })

  it('takes bigints and Infinity, and refuses the rest', () => {
    for (const n of [3n, 2n ** 70n, Infinity, 2 ** 53]) {
      const signals: unknown[] = []
      toPublisher(flow.range(1, 3)).subscribe(subscriber(signals, (subscription) => subscription.request(n as number)))
      expect(signals.slice(0, 3)).toEqual([1, 2, 3])
    }
    for (const n of [1.5, -1n, 0n, '1', undefined, null, -Infinity]) {
      const signals: unknown[] = []
      toPublisher(flow.range(1, 3)).subscribe(subscriber(signals, (subscription) => subscription.request(n as number)))
      expect(signals).toEqual([expect.any(RangeError)])
      expect(String(signals[0])).toContain('3.9')
    }
  })

  it('is one for a subscriber: subscribed twice it fails, subscribed again it starts anew', () => {
    const publisher = toPublisher(flow.range(1, 2))
    const signals: unknown[] = []
    const twice = subscriber(signals, () => void signals.push('subscribed'))
    publisher.subscribe(twice)
    publisher.subscribe(twice)
    expect(signals).toEqual(['subscribed', expect.objectContaining({ code: 'FOREBAY_PROTOCOL' })])
    twice.onSubscribe = (subscription) => subscription.request(9)
    publisher.subscribe(twice)
    expect(signals.slice(2)).toEqual([1, 2, 'complete'])
  })

  it('needs a subscriber with all four methods', () => {
    const publisher = toPublisher(flow.range(1, 2))
    for (const bad of [null, undefined, 7, {}, { onSubscribe: () => {} }]) {
      expect(() => publisher.subscribe(bad as never)).toThrow(TypeError)
    }
  })

  it('fails with an error, even when the flow fails with none', () => {
    const signals: unknown[] = []
    const torn = flow.range(1, 2).map(() => {
      throw undefined
    })
    toPublisher(torn).subscribe(subscriber(signals, (subscription) => subscription.request(1)))
    expect(signals).toEqual([expect.any(TypeError)])
  })

  it('ends with the reason for which its run is cancelled from outside', async () => {
    const signals: unknown[] = []
    const controller = new AbortController()
    const publisher = toPublisher(flow.range(1, 9), { signal: controller.signal })
    publisher.subscribe(subscriber(signals, (subscription) => subscription.request(1)))
    controller.abort(boom)
    await settled()
    expect(signals).toEqual([1, boom])
  })

  it('counts as busy while the subscriber asks for nothing', () => {
    let run: Run | undefined
    let asked: Subscription | undefined
    const stage = (): { busyMs: number; in: number } | undefined =>
      run?.inspect().stages.find(({ name }) => name === 'subscriber')
    let now = 0
    const clock = { now: () => now, wall: () => now, after: () => () => {}, yield: () => {}, frame: () => () => {} }
    const publisher = toPublisher(flow.range(1, 9), { clock: clock as never, onRun: (started) => void (run = started) })
    publisher.subscribe(subscriber([], (subscription) => void (asked = subscription)))
    now = 10
    asked?.request(1)
    now = 30
    expect(stage()).toMatchObject({ in: 1, busyMs: 30 })
  })
})
