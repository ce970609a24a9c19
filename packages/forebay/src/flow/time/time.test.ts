import { describe, expect, test } from 'vitest'
import { world } from '../../testkit/world.ts'
import type { Flow } from '../flow.ts'
import { flow } from '../sources.ts'
import { delay } from './delay.ts'
import { extrapolate } from './extrapolate.ts'
import { initialDelay } from './initial-delay.ts'
import { keepAlive } from './keep-alive.ts'
import { audit, debounce, sample } from './newest.ts'
import { completionTimeout, sampleFirst, skipWithin, takeWithin } from './spans.ts'
import { timeInterval, timestamp } from './stamps.ts'

const thinning: Record<string, (input: Flow<number>) => Flow<number>> = {
  debounce: (input) => input.via(debounce(10)),
  audit: (input) => input.via(audit(10)),
  sample: (input) => input.via(sample(10)),
}

describe.each(Object.entries(thinning))('%s', (_, op) => {
  test('emits nothing from its timer while downstream wants nothing, and the newest once it does', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      const run = w.run(op(source.flow), sink)
      sink.request(1)
      source.send(1, 2, 3)
      await sink.expectNext(3)
      source.send(4, 5)
      await sink.expectNothing(1000)
      sink.request(1)
      await sink.expectNext(5)

      expect(run.inspect().ledger.dropped['newer']).toBe(3)
      sink.cancel()
      await w.advance(1)
    })
  })

  test('accepts null and undefined', async () => {
    await world(1, async (w) => {
      for (const value of [null, undefined]) {
        const run = w.run(op(flow([value]) as Flow<any>).to((item) => expect(item).toBe(value)))
        expect(await run.done).toBe(1)
      }
    })
  })

  test('gives back what it holds when it is cancelled', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      const run = w.run(op(source.flow), sink)
      sink.request(1)
      source.send(1)
      await w.advance(1)
      sink.cancel()
      await w.advance(100)

      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 1, out: 0, inFlight: 0 } })
    })
  })
})

test('debounce never emits while items keep coming, audit does', async () => {
  await world(1, async (w) => {
    const lanes = (op: (input: Flow<number>) => Flow<number>): Promise<{ readonly out: readonly string[] }> =>
      w.run(op, { data: '0-1-2-3-4-5-6-7-8-9' }).lanes()

    expect((await lanes((input) => input.via(debounce(3)))).out).toEqual([' 21ms 9'])
    expect((await lanes((input) => input.via(audit(3)))).out[0]).toBe('---1---3---5---7---9')
  })
})

describe('delay', () => {
  test('keeps the order when a later item has a shorter delay', async () => {
    await world(1, async (w) => {
      await w
        .run((input: Flow<number>) => input.via(delay((n) => n)), { data: '(91)3' })
        .toBe({ out: '---------(913)' })
    })
  })

  test('fails an item whose delay is no number, behind the items before it', async () => {
    const seen: number[] = []
    const run = flow([1, 2])
      .via(delay((n) => (n === 2 ? Number.NaN : 0)))
      .forEach((n) => seen.push(n))

    await expect(run).rejects.toThrow('delay of an item: expected a number')
    expect(seen).toEqual([1])
  })
})

test('extrapolate closes what it reads when the next item comes, and at the end', async () => {
  await world(1, async (w) => {
    let open = 0
    function* more(n: number): Generator<number> {
      open++
      try {
        for (;;) yield n + 0.5
      } finally {
        open--
      }
    }
    const source = w.source<number>()
    const sink = w.sink<number>()
    w.run(source.flow.via(extrapolate(more)), sink)
    sink.request(3)
    source.send(1)
    await sink.expectNext(1, 1.5, 1.5)
    expect(open).toBe(1)
    source.send(2)
    sink.request(2)
    await sink.expectNext(2, 2.5)
    expect(open).toBe(1)
    source.complete()
    await sink.expectComplete()
    expect(open).toBe(0)
  })
})

test('keepAlive does not count time in which nothing is wanted', async () => {
  await world(1, async (w) => {
    const sink = w.sink<number>()
    w.run(w.source<number>().flow.via(keepAlive(10, () => 0)), sink)
    await sink.expectNothing(1000)
    sink.request(1)
    await sink.expectNothing(9)
    await sink.expectNext(0)
    sink.cancel()
    await w.advance(1)
  })
})

test('stamps come from the clock of the run', async () => {
  await world(1, async (w) => {
    const run = w.run(
      flow([1])
        .via(initialDelay(7))
        .via(timeInterval())
        .via(timestamp())
        .to((item) => {
          expect(item).toEqual({ value: { value: 1, ms: 7 }, at: w.clock.wall() })
        }),
    )
    expect(await run.done).toBe(1)
  })
})

test.each([
  [() => debounce(-1), 'debounce'],
  [() => audit('x' as never), 'audit'],
  [() => sample(Number.NaN), 'sample'],
  [() => sampleFirst('1' as never), 'sampleFirst'],
  [() => takeWithin(-1), 'takeWithin'],
  [() => skipWithin(-1), 'skipWithin'],
  [() => completionTimeout(-1), 'completionTimeout'],
  [() => keepAlive(5, 5 as never), 'keepAlive: expected a function'],
  [() => delay(5, { items: 0 }), 'items'],
  [() => extrapolate(undefined as never), 'extrapolate: expected a function'],
])('options are checked: %#', (make, message) => {
  expect(make).toThrow(message)
})
