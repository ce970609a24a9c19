import type { Flow } from '../../../src/flow/flow.ts'
import { Program } from '../../../src/flow/program.ts'
import type { SinkNode } from '../../../src/kernel/plan.ts'
import { isForebayError } from '../../../src/kernel/errors.ts'
import type { SinkSubject } from '../../../src/testkit/subject.ts'
import type { World } from '../../../src/testkit/world.ts'

/** The program behind a method that runs it at once: `flow.count()` is a blueprint like any other. */
function programOf(start: () => Promise<unknown>): Program<any> {
  const run = Object.getOwnPropertyDescriptor(Program.prototype, 'run') as PropertyDescriptor
  const made: Program[] = []
  const keep = (program: Program): unknown => (made.push(program), { done: new Promise(() => {}) })
  Object.defineProperty(Program.prototype, 'run', {
    ...run,
    value(this: Program) {
      return keep(this)
    },
  })
  try {
    void start()
  } finally {
    Object.defineProperty(Program.prototype, 'run', run)
  }
  return made[0] as Program
}

const failing = (n: number): void => {
  if (n === 2) throw new Error('two')
}

/** Cancelling the run reaches the source, and the promise rejects. */
const cancelled =
  (end: (flow: Flow<number>) => Promise<unknown>) =>
  async (w: World): Promise<void> => {
    const source = w.source<number>()
    const run = w.run(programOf(() => end(source.flow)))
    source.send(1)
    run.cancel('enough')
    await source.expectCancel('enough')
    await run.done.then(
      () => Promise.reject(new Error('it completed')),
      (error: unknown) => isForebayError(error, 'FOREBAY_CANCELLED') || Promise.reject(error as Error),
    )
  }

/** The same program for flows that may be empty: a model has no failure of its own. */
function orNothing(program: Program): Program {
  const isEmpty = (error: unknown): unknown =>
    isForebayError(error, 'FOREBAY_EMPTY') ? undefined : Promise.reject(error as Error)
  const sinks = program.plan.sinks.map((node): SinkNode => ({
    ...node,
    create: (env, stage) => {
      const sink = node.create(env, stage)
      return Object.defineProperty(sink, 'result', { value: sink.result.catch(isEmpty) })
    },
  }))
  return new Program(sinks, 'flow', program.plan.result)
}

const first = (flow: Flow<number>): Program<number> => programOf(() => flow.first())
const all = (items: readonly number[]): readonly number[] => items

/** Where flows end, and run. */
export const sinks: readonly SinkSubject[] = [
  {
    name: 'to, synchronous',
    sink: (flow) => flow.to(() => {}),
    model: (items) => items.length,
  },
  {
    name: 'to, one write at a time, closed once',
    sink: (flow, bench) => {
      let close = (): void => {}
      let isOpen = false
      return flow.to({
        write: (n, signal) => {
          if (!isOpen) close = bench.open('writer')
          isOpen = true
          return bench.work(n, signal)
        },
        close: () => {
          if (isOpen) close()
          isOpen = false
        },
      })
    },
    model: (items) => items.length,
    card: {
      of: 'Flow.to',
      emits: { op: (flow, w) => flow.to(() => w.delay(2)), data: '(123)|', upstream: '1-1-1', result: 3 },
      backpressures: {
        op: (flow, w) => flow.to(() => w.delay(3), { concurrency: 2 }),
        data: '(1234)-|',
        upstream: '2--2',
        result: 4,
      },
      completes: { op: (flow, w) => flow.to(() => w.delay(3)), data: '1|', result: 1 },
      cancels: { op: (flow) => flow.to(failing), data: '-1-2-3', upstream: '11-!', error: 'two', lost: { failed: 1 } },
      loses: { op: (flow) => flow.to(failing), data: '(123)', error: 'two', lost: { failed: 1 } },
    },
  },
  {
    name: 'to, four writes at once',
    sink: (flow, bench) => flow.to((n, signal) => bench.work(n, signal), { concurrency: 4 }),
    model: (items) => items.length,
  },
  {
    name: 'buffer and to',
    sink: (flow, bench) => flow.buffer(3).to((n, signal) => bench.work(n, signal)),
    model: (items) => items.length,
  },
  {
    name: 'forEach',
    sink: (flow, bench) => programOf(() => flow.forEach((n) => bench.work(n))),
    model: (items) => items.length,
    card: {
      of: 'Flow.forEach',
      emits: {
        op: (flow, w) => programOf(() => flow.forEach(() => w.delay(2))),
        data: '12|',
        upstream: '1-1',
        result: 2,
      },
      backpressures: {
        op: (flow, w) => programOf(() => flow.forEach(() => w.delay(4))),
        data: '12|',
        upstream: '1---1',
      },
      completes: { op: (flow, w) => programOf(() => flow.forEach(() => w.delay(4))), data: '1|', result: 1 },
      cancels: {
        op: (flow) => programOf(() => flow.forEach(failing)),
        data: '-1-2',
        upstream: '11-!',
        error: 'two',
        lost: { failed: 1 },
      },
      loses: { op: (flow) => programOf(() => flow.forEach(failing)), data: '2', error: 'two', lost: { failed: 1 } },
    },
  },
  {
    name: 'reduce',
    sink: (flow) => programOf(() => flow.reduce<readonly number[]>((list, n) => [...list.slice(-30), n], [])),
    model: (items) => items.slice(-31),
    card: {
      of: 'Flow.reduce',
      emits: { data: '-1-2|', upstream: '*', result: [1, 2] },
      cancels: {
        op: (flow) => programOf(() => flow.reduce<unknown>((_, n: number) => failing(n), 0)),
        data: '-1-2',
        upstream: '*--!',
        error: 'two',
        lost: { failed: 1 },
      },
      loses: {
        op: (flow) => programOf(() => flow.reduce<unknown>((_, n: number) => failing(n), 0)),
        data: '2',
        error: 'two',
        lost: { failed: 1 },
      },
    },
  },
  {
    name: 'toArray',
    sink: (flow) => programOf(() => flow.toArray(100_000)),
    model: all,
    card: {
      of: 'Flow.toArray',
      emits: { data: '-1-2|', upstream: '*', result: [1, 2] },
      cancels: {
        op: (flow) => programOf(() => flow.toArray(1)),
        data: '-1-2-3',
        upstream: '*--!',
        error: 'FOREBAY_OVERFLOW',
        lost: { failed: 1 },
      },
      loses: { data: '(123)|', result: [1, 2, 3] },
    },
  },
  {
    name: 'count',
    sink: (flow) => programOf(() => flow.count()),
    model: (items) => items.length,
    card: {
      of: 'Flow.count',
      emits: { data: '-1-2|', upstream: '*', result: 2 },
      cancels: cancelled((flow) => flow.count()),
    },
  },
  {
    name: 'first',
    sink: (flow) => orNothing(first(flow)),
    model: ([item]) => item,
    failed: (items) => ({ items: items.slice(0, 1), ends: items.length > 0 ? 'completed' : 'failed' }),
    card: {
      of: 'Flow.first',
      emits: { op: first, data: '-1-2', upstream: '*!', result: 1 },
      backpressures: { op: first, data: '-(12)-3', upstream: '*!', result: 1 },
      completes: [
        { op: first, data: '-1-2', result: 1 },
        { op: first, data: '--|', error: 'FOREBAY_EMPTY' },
      ],
      cancels: { op: first, data: '-1-2', upstream: '*!', result: 1 },
    },
  },
  {
    name: 'last',
    sink: (flow) => orNothing(programOf(() => flow.last())),
    model: (items) => items.at(-1),
    card: {
      of: 'Flow.last',
      emits: { op: (flow) => programOf(() => flow.last()), data: '-1-2|', upstream: '*', result: 2 },
      completes: { op: (flow) => programOf(() => flow.last()), data: '--|', error: 'FOREBAY_EMPTY' },
      cancels: cancelled((flow) => flow.last()),
    },
  },
  {
    name: 'drain',
    sink: (flow) => programOf(() => flow.drain()),
    model: () => undefined,
    card: {
      of: 'Flow.drain',
      emits: { data: '-1-2|', upstream: '*' },
      cancels: cancelled((flow) => flow.drain()),
    },
  },
  {
    name: 'map, filter and reduce',
    sink: (flow) =>
      programOf(() =>
        flow
          .map((n) => n * 2)
          .filter((n) => n % 3)
          .reduce((total, n) => total + n, 0),
      ),
    model: (items) =>
      items
        .map((n) => n * 2)
        .filter((n) => n % 3)
        .reduce((total, n) => total + n, 0),
  },
]
