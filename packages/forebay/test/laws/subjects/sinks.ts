import { Program } from '../../../src/flow/program.ts'
import { reduceSink } from '../../../src/flow/sinks/reduce.ts'
import type { SinkSubject } from '../../../src/testkit/subject.ts'

const sum = (items: readonly number[]): number => items.reduce((total, n) => total + n, 0)

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
    name: 'reduce',
    sink: (flow) =>
      new Program([
        reduceSink(
          flow.node,
          'sum',
          () => 0,
          (total: number, n: number) => total + n,
          (total) => total,
        ),
      ]),
    model: sum,
  },
  {
    name: 'map, filter and reduce',
    sink: (flow) =>
      new Program([
        reduceSink(
          flow.map((n) => n * 2).filter((n) => n % 3).node,
          'sum',
          () => 0,
          (total: number, n: number) => total + n,
          (total) => total,
        ),
      ]),
    model: (items) => sum(items.map((n) => n * 2).filter((n) => n % 3)),
  },
]
