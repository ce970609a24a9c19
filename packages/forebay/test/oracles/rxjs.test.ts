import fc from 'fast-check'
import * as rx from 'rxjs'
import { describe, expect, test } from 'vitest'
import type { Flow } from '../../src/flow/flow.ts'
import { audit, debounce, delay, sample, sampleFirst, zipLatest } from '../../src/flow/operators.ts'
import { flow } from '../../src/flow/sources.ts'
import { world } from '../../src/testkit/world.ts'
import { flowOf, inputs, programs } from './programs.ts'

describe('random programs of synchronous operators, beside RxJS', () => {
  test('do what its observables do', async () => {
    await fc.assert(
      fc.asyncProperty(
        programs((step) => step.rx !== undefined),
        inputs,
        async (program, items) => {
          const observable = program.reduce(
            (input, step) => step.rx?.(input) ?? input,
            rx.from(items) as rx.Observable<number>,
          )
          const theirs = await rx.lastValueFrom(observable.pipe(rx.toArray()))

          expect(
            await flowOf(program, flow(items)).toArray(100_000),
            program.map(({ name }) => name).join(' · '),
          ).toEqual(theirs)
        },
      ),
      { numRuns: 1000 },
    )
  })
})

/** Items at their times, in ms, and the end. */
interface Timeline {
  readonly items: readonly (readonly [at: number, value: number])[]
  readonly end: number
}
type Event = readonly [at: number, what: unknown]

/** Items come at 10 n + 1, the end at 10 n + 3 and timers of 10 n + 5 ring at 10 n + 6: no two things happen at once. */
const timelines: fc.Arbitrary<Timeline> = fc
  .tuple(fc.array(fc.tuple(fc.nat(12), fc.nat(9)), { maxLength: 12 }), fc.nat(20))
  .map(([steps, last]) => {
    let at = 1
    const items = steps.map(([gap, value]) => [(at += 10 * (gap + 1)), value] as const)
    return { items, end: at + 10 * last + 2 }
  })
const spans = fc.nat(8).map((n) => 10 * n + 5)

function theirs(
  lines: readonly Timeline[],
  build: (sources: rx.Observable<number>[], clock: rx.VirtualTimeScheduler) => rx.Observable<unknown>,
): Event[] {
  const clock = new rx.VirtualTimeScheduler(undefined, Infinity)
  const events: Event[] = []
  const sources = lines.map(
    ({ items, end }) =>
      new rx.Observable<number>((observer) => {
        for (const [at, value] of items) clock.schedule(() => observer.next(value), at)
        clock.schedule(() => observer.complete(), end)
      }),
  )
  build(sources, clock).subscribe({
    next: (value) => events.push([clock.frame, value]),
    complete: () => events.push([clock.frame, 'end']),
  })
  clock.flush()
  return events
}

function ours(lines: readonly Timeline[], build: (sources: Flow<number>[]) => Flow<unknown>): Promise<Event[]> {
  return world(1, async (w) => {
    const events: Event[] = []
    const sources = lines.map(() => w.source<number>())
    const begin = w.clock.now()
    const stamp = (what: unknown): void => void events.push([Math.round(w.clock.now() - begin), what])
    const run = w.run(
      build(sources.map((source) => source.flow))
        .tap(stamp)
        .to(() => {}),
    )
    for (const [at, { items, end }] of lines.entries()) {
      for (const [when, value] of items) w.clock.after(when, () => sources[at]?.send(value))
      w.clock.after(end, () => sources[at]?.complete())
    }
    await run.done
    stamp('end')
    return events
  })
}

const timed: Record<
  string,
  {
    ours: (flow: Flow<number>, ms: number) => Flow<unknown>
    theirs: (ms: number, clock: rx.VirtualTimeScheduler) => rx.OperatorFunction<number, unknown>
  }
> = {
  debounce: { ours: (input, ms) => input.via(debounce(ms)), theirs: (ms, clock) => rx.debounceTime(ms, clock) },
  sampleFirst: { ours: (input, ms) => input.via(sampleFirst(ms)), theirs: (ms, clock) => rx.throttleTime(ms, clock) },
  audit: { ours: (input, ms) => input.via(audit(ms)), theirs: (ms, clock) => rx.auditTime(ms, clock) },
  sample: { ours: (input, ms) => input.via(sample(ms)), theirs: (ms, clock) => rx.sampleTime(ms, clock) },
  delay: { ours: (input, ms) => input.via(delay(ms)), theirs: (ms, clock) => rx.delay(ms, clock) },
}

/** Where the source ends inside a span theirs forget the last item, or wait for the span; ours hand it on at once. */
const inTime = (events: readonly Event[], { end }: Timeline): Event[] => events.filter(([at]) => at < end)

describe('random timelines, beside RxJS under virtual time', () => {
  test.each(Object.entries(timed))('%s does what it does there, at the same times', async (name, piece) => {
    await fc.assert(
      fc.asyncProperty(timelines, spans, async (line, ms) => {
        const expected = theirs([line], ([source], clock) =>
          (source as rx.Observable<number>).pipe(piece.theirs(ms, clock)),
        )
        const events = await ours([line], ([source]) => piece.ours(source as Flow<number>, ms))

        if (name !== 'audit' && name !== 'sample') expect(events).toEqual(expected)
        else expect(inTime(events, line)).toEqual(inTime(expected, line))
      }),
      { numRuns: 300 },
    )
  })

  test('merge and zip do what they do there', async () => {
    await fc.assert(
      fc.asyncProperty(timelines, timelines, fc.constantFrom('merge', 'zip'), async (a, b, kind) => {
        const lines = [a, { items: b.items.map(([at, value]) => [at + 3, value] as const), end: b.end + 3 }]
        const expected = theirs(lines, ([one, two]) => {
          if (kind === 'merge') return rx.merge(one as rx.Observable<number>, two as rx.Observable<number>)
          return rx.zip(one as rx.Observable<number>, two as rx.Observable<number>)
        })
        const events = await ours(lines, ([one, two]) => {
          if (kind === 'merge') return (one as Flow<number>).merge(two as Flow<number>)
          return (one as Flow<number>).zip(two as Flow<number>)
        })

        expect(events).toEqual(expected)
      }),
      { numRuns: 300 },
    )
  })

  test('zipLatest does what combineLatest does there', async () => {
    await fc.assert(
      fc.asyncProperty(timelines, timelines, async (a, b) => {
        const lines = [a, { items: b.items.map(([at, value]) => [at + 3, value] as const), end: b.end + 3 }]
        const expected = theirs(lines, (sources) => rx.combineLatest(sources))
        const events = await ours(lines, (sources) => zipLatest(sources))
        const items = (all: readonly Event[]): Event[] => all.filter(([, what]) => what !== 'end')

        // Theirs look for the end of all sources even when no item can come any more.
        expect(items(events)).toEqual(items(expected))
      }),
      { numRuns: 300 },
    )
  })
})
