import { from, Observable, of, range, Subject, take, toArray, lastValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Firehose } from '../flow/firehose.ts'
import { flow } from '../flow/sources.ts'
import type { Run } from '../kernel/run.ts'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { fromObservable } from './from-observable.ts'
import { toObservable } from './to-observable.ts'

describe('RxJS', () => {
  it('comes in as a firehose of its items, which has no sink before a policy', async () => {
    const hose: Firehose<number> = fromObservable(range(1, 5))
    // @ts-expect-error -- it cannot be slowed, so it has no sink
    expect(() => hose.to(() => {})).toThrow(/has no to\(\)/)
    expect(await hose.buffer(5, 'fail').toArray(5)).toEqual([1, 2, 3, 4, 5])
    expect(await fromObservable(of(null, undefined)).buffer(5, 'fail').toArray(5)).toEqual([null, undefined])
  })

  it('is counted where it is too fast', async () => {
    const clock = new VirtualClock()
    const subject = new Subject<number>()
    const run = fromObservable(subject)
      .buffer(2, 'drop-oldest')
      .to(() => new Promise<void>((resolve) => void clock.after(10, () => resolve())))
      .run({ clock })
    for (const n of [1, 2, 3, 4, 5]) subject.next(n)
    subject.complete()
    await clock.advance(100)
    expect(await run.done).toBe(3)
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 5, out: 3, dropped: { 'drop-oldest': 2 } } })
  })

  it('is torn down once when the flow is over, and fails it with its error', async () => {
    let torn = 0
    let starts = 0
    const forever = new Observable<number>((subscriber) => {
      starts++
      subscriber.next(1)
      return () => void torn++
    })
    expect(await fromObservable(forever).buffer(4, 'fail').first()).toBe(1)
    const run = fromObservable(forever)
      .buffer(4, 'fail')
      .to(() => {})
      .run()
    run.cancel('enough')
    await expect(run.done).rejects.toMatchObject({ code: 'FOREBAY_CANCELLED' })
    expect({ starts, torn }).toEqual({ starts: 2, torn: 2 })

    const subject = new Subject<number>()
    const done = fromObservable(subject).buffer(4, 'fail').count()
    expect(subject.observed).toBe(true)
    subject.error(new Error('broken'))
    await expect(done).rejects.toThrow('broken')
    expect(subject.observed).toBe(false)
  })

  it('takes a flow by from(), a run for each subscription', async () => {
    const numbers: Observable<number> = from(toObservable(flow.range(1, 3)))
    expect(await lastValueFrom(numbers.pipe(toArray()))).toEqual([1, 2, 3])
    expect(await lastValueFrom(numbers.pipe(toArray()))).toEqual([1, 2, 3])
    const failing = flow.range(1, 3).map(() => {
      throw new Error('broken')
    })
    await expect(lastValueFrom(from(toObservable(failing)))).rejects.toThrow('broken')
  })

  it('cancels the run of a flow that it has had enough of, inside subscribe and later', async () => {
    const clock = new VirtualClock()
    const runs: Run<void>[] = []
    const options = { clock, onRun: (run: Run<void>) => runs.push(run) }
    let read = 0
    const numbers = flow.range(1, 100_000).map((n) => (read = n))
    expect(await lastValueFrom(from(toObservable(numbers, options)).pipe(take(3), toArray()))).toEqual([1, 2, 3])
    expect(read).toBeLessThan(5)

    const slow = numbers.mapAsync((n) => new Promise<number>((resolve) => void clock.after(10, () => resolve(n))))
    const seen: number[] = []
    const subscription = from(toObservable(slow, options)).subscribe((n) => seen.push(n))
    await clock.advance(25)
    subscription.unsubscribe()
    const { length } = seen
    await clock.advance(100)
    expect(length).toBeGreaterThan(0)
    expect(seen).toHaveLength(length)
    expect(runs).toHaveLength(2)
    for (const run of runs) {
      await expect(run.done).rejects.toMatchObject({ code: 'FOREBAY_CANCELLED' })
      expect(run.inspect().balanced).toBe(true)
    }
  })
})
