import { merge } from '../../../src/flow/merge.ts'
import type { Flow } from '../../../src/flow/flow.ts'
import { zipWith } from '../../../src/flow/fan-in/zip-with.ts'
import { component } from '../../../src/flow/graph/component.ts'
import { fanInComponent, fanOutComponent } from '../../../src/flow/graph/fan-components.ts'
import { graph } from '../../../src/flow/graph/graph.ts'
import type { FeedbackOptions } from '../../../src/flow/graph/links.ts'
import { port } from '../../../src/flow/graph/port.ts'
import { endWith } from '../../../src/flow/operators/added.ts'
import { flow } from '../../../src/flow/sources.ts'
import type { World } from '../../../src/testkit/world.ts'
import type { JunctionSubject, OperatorSubject, SinkSubject, SourceSubject } from '../../../src/testkit/subject.ts'

interface Job {
  readonly n: number
  readonly round: number
}

type Jobs = Flow<Job>

const identity = (result: number): number[] => [result]
const merged = fanInComponent(['fresh', 'again'], (flows: Jobs[]) => merge(flows))
const sorted = fanOutComponent(['done', 'again'], (jobs: Jobs, branches) =>
  jobs.partition(({ n, round }) => (round <= n % 3 ? 1 : 0), ...branches),
)
const started = (input: Flow<number>): Jobs => input.map((n) => ({ n, round: 0 }))
const tried = (jobs: Jobs): Jobs => jobs.map(({ n, round }) => ({ n, round: round + 1 }))

/** Items that come round until they are done: one, two or three times; what is no number is done at once. */
const ring = (input: Flow<number>, feedback: FeedbackOptions<Job>, work: (jobs: Jobs) => Jobs): Flow<number> =>
  started(input)
    .via(
      graph((g) => {
        const all = g.add('all', merged)
        const tries = g.add('tries', work)
        const sort = g.add('sort', sorted)
        g.connect(all.out, tries.in, 2)
        g.connect(tries.out, sort.in, { items: 0 })
        g.feedback(sort.again, all.again, feedback)
        return { jobs: all.fresh, done: sort.done }
      }),
    )
    .map(({ n }) => n)

/** Two items at a time: each takes a token that has come round. */
const tokens = (input: Flow<number>): Flow<number> =>
  input.via(
    graph((g) => {
      const start = g.add(
        'start',
        fanInComponent(['items', 'tokens'], (flows: Flow<number>[]) =>
          zipWith(flows, (n, token) => [n, token] as const),
        ),
      )
      const work = g.add('work', (pairs: Flow<readonly [number, number]>) => pairs.map((pair) => pair))
      const end = g.add(
        'end',
        component(
          { in: { pairs: port<readonly [number, number]>() }, out: { done: port<number>(), token: port<number>() } },
          ({ pairs }) => {
            const ends: Flow<readonly [number, number]>[] = []
            pairs.broadcast(
              (pair) => (ends[0] = pair),
              (pair) => (ends[1] = pair),
            )
            const [done, token] = ends as [Flow<readonly [number, number]>, Flow<readonly [number, number]>]
            return { done: done.map(([n]) => n), token: token.map(([, at]) => at) }
          },
        ),
      )
      g.connect(start.out, work.in, 1)
      g.connect(work.out, end.pairs, 1)
      g.feedback(end.token, start.tokens, { items: 2, kickOff: [-1, -2] })
      return { items: start.items, done: end.done }
    }),
  )

/** The same with work that takes 2 ms. */
const timed =
  (feedback: FeedbackOptions<Job>) =>
  (input: Flow<number>, w: World): Flow<number> =>
    ring(input, feedback, (jobs) => jobs.mapAsync(({ n, round }) => w.delay(2, { n, round: round + 1 })))

/** Shapes of named components: pieces with cycles and without. */
export const graphs: readonly OperatorSubject[] = [
  {
    name: 'graph with a ring that admits',
    operator: (input) => ring(input, { items: 3, admit: 3 }, tried),
    model: (items) => items,
    order: 'any',
    cutByFailure: true,
    from: identity,
    loses: ['cancelled', 'branch-closed'],
    card: {
      of: 'graph',
      emits: { op: timed({ items: 2, admit: 2 }), data: '1--3---|', out: '----1-3|' },
      backpressures: [{ op: timed({ items: 1, admit: 1 }), data: '36-9', out: '--3-6-9', upstream: '2-1-1' }],
      completes: { op: timed({ items: 2, admit: 2 }), data: '1|', out: '----(1|)' },
      cancels: {
        op: timed({ items: 2, admit: 2 }),
        data: '3',
        demand: '1!',
        out: '--',
        upstream: '2!',
        lost: { cancelled: 1 },
      },
      loses: [
        {
          // Of six copies one is in work, two wait for it, one is at the merge, and one in the feedback.
          op: (input, w) =>
            ring(input, { items: 1, overflow: 'drop-newest' }, (jobs) =>
              jobs
                .mapAsync(({ n, round }) => w.delay(2, { n, round: round + 1 }))
                .flatMap((job) => (job.round === 1 ? [job, job, job, job, job, job] : [job])),
            ),
          data: '4|',
          out: '----4-4-4-4-(4|)',
          lost: { 'drop-newest': 1 },
        },
        async (w) => {
          const late = ring(flow([3]), { items: 1, overflow: 'drop-newest' }, (jobs) =>
            tried(jobs).via(endWith({ n: 1, round: 0 })),
          )
          const run = w.run(late.to(() => {}))
          await run.done
          const lost = run.inspect().stages.filter(({ discarded }) => discarded['ring-over'] === 1)
          if (lost.length !== 1) throw new Error('what comes round a ring that is over is not counted')
        },
      ],
    },
  },
  {
    name: 'graph with a ring of asynchronous work',
    operator: (input, { clock }) =>
      ring(input, { items: 4, admit: 2 }, (jobs) =>
        jobs.mapAsync(
          ({ n, round }) =>
            new Promise<Job>((resolve) => {
              clock.after(1 + (n % 3), () => resolve({ n, round: round + 1 }))
            }),
          { concurrency: 2, order: 'completion' },
        ),
      ),
    model: (items) => items,
    order: 'any',
    cutByFailure: true,
    from: identity,
    loses: ['cancelled', 'branch-closed'],
  },
  {
    name: 'graph with a ring of tokens',
    operator: tokens,
    model: (items) => items,
    from: identity,
    cutByFailure: true,
    loses: ['unpaired', 'cancelled'],
  },
  {
    name: 'graph with a ring that drops',
    operator: (input) =>
      ring(input, { items: 1, overflow: 'drop-oldest' }, (jobs) =>
        tried(jobs).flatMap((job) => [job, { ...job, round: 9 }]),
      ),
    model: (items) => items.flatMap((n) => Array.from({ length: 2 + (n % 3) }, () => n)),
    order: 'any',
    rate: true,
    cutByFailure: true,
    from: identity,
    loses: ['drop-oldest', 'cancelled', 'branch-closed'],
  },
  {
    name: 'graph with a diamond',
    operator: (input) =>
      input.via(
        graph((g) => {
          const part = g.add(
            'part',
            fanOutComponent(['a', 'b'], (items: Flow<number>, branches) => items.broadcast(...branches)),
          )
          const join = g.add(
            'join',
            fanInComponent(['a', 'b'], (flows: Flow<number>[]) => zipWith(flows, (a) => a)),
          )
          g.connect(part.a, join.a, 2)
          g.connect(part.b, join.b, 3)
          return { items: part.in, out: join.out }
        }),
      ),
    model: (items) => items,
    from: identity,
    loses: ['unpaired', 'cancelled'],
  },
]

/** Partial graphs with several ports. */
export const partial: readonly JunctionSubject[] = [
  {
    name: 'graph with two inputs and two outputs',
    inputs: 2,
    outputs: 2,
    idle: 'independent',
    junction: ([a, b]) => {
      const both = graph((g) => {
        const join = g.add(
          'join',
          fanInComponent(['a', 'b'], (flows: Flow<number>[]) => merge(flows)),
        )
        const part = g.add(
          'part',
          fanOutComponent(['odd', 'even'], (items: Flow<number>, branches) =>
            items.partition((n) => (n % 2 === 1 ? 0 : 1), ...branches),
          ),
        )
        g.connect(join.out, part.in, 2)
        return { a: join.a, b: join.b, odd: part.odd, even: part.even }
      })
      const { odd, even } = both.build({ a: a as Flow<number>, b: b as Flow<number> }) as {
        odd: Flow<number>
        even: Flow<number>
      }
      return [odd, even]
    },
    model: (inputs) => [inputs.flat().filter((n) => n % 2 === 1), inputs.flat().filter((n) => n % 2 === 0)],
    order: (n: number) => Math.floor(n / 1000),
    from: identity,
    loses: ['branch-closed', 'cancelled'],
  },
]

/** Graphs with one end alone. */
export const ends: readonly (SourceSubject | SinkSubject)[] = [
  {
    name: 'graph that is a flow',
    source: () =>
      graph((g) => {
        const low = g.add('low', flow.range(1, 3))
        const high = g.add('high', flow.range(4, 7))
        const all = g.add(
          'all',
          fanInComponent(['low', 'high'], ([a, b]: Flow<number>[]) => (a as Flow<number>).concat(b as Flow<number>)),
        )
        g.connect(low.out, all.low, 1)
        g.connect(high.out, all.high, 2)
        return { out: all.out }
      }),
    items: [1, 2, 3, 4, 5, 6, 7],
    order: (n: number) => (n < 4 ? 'low' : 'high'), // a drain stops each source where it is
  },
  {
    name: 'graph that is a sink',
    sink: (input) =>
      input.via(
        graph((g) => {
          const part = g.add(
            'part',
            fanOutComponent(['a', 'b'], (items: Flow<number>, branches) => items.broadcast(...branches)),
          )
          const left = g.add('left', (items: Flow<number>) => items.to(() => {}))
          const right = g.add('right', (items: Flow<number>) => items.filter((n) => n % 2 === 0).to(() => {}))
          g.connect(part.a, left.in, 1)
          g.connect(part.b, right.in, { items: 0 })
          return { items: part.in }
        }),
      ),
    model: (items) => ({ left: items.length, right: items.filter((n) => n % 2 === 0).length }),
  },
]
