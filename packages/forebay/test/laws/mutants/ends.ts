import { Flow } from '../../../src/flow/flow.ts'
import { Program } from '../../../src/flow/program.ts'
import { reduceSink } from '../../../src/flow/sinks/reduce.ts'
import type { Port, Pull } from '../../../src/kernel/receiver.ts'
import type { SinkSubject, SourceSubject } from '../../../src/testkit/subject.ts'

type SourceFault = 'ignores credit' | 'never ends' | 'skips after a turn' | 'stays open'

class Counting implements Pull {
  #next = 1
  readonly #fault: SourceFault | undefined
  readonly #close: () => void

  constructor(fault: SourceFault | undefined, close: () => void) {
    this.#fault = fault
    this.#close = close
  }

  run(port: Port): void {
    while ((port.n > 0 || this.#fault === 'ignores credit') && this.#next <= 9) {
      port.step(this.#next++, undefined)
      if (port.tick(1)) continue
      if (this.#fault === 'skips after a turn') this.#next++
      break
    }
    if (this.#next <= 9 || this.#fault === 'never ends') return
    this.#close()
    port.done()
  }

  cancel(): void {
    if (this.#fault !== 'stays open') this.#close()
  }

  pulled(): number {
    return this.#next - 1
  }
}

export const counting = (fault?: SourceFault): SourceSubject => ({
  name: fault === undefined ? 'a source that counts' : `a source that ${fault}`,
  source: (bench) =>
    new Flow<number>({ type: 'source', name: 'count', create: () => new Counting(fault, bench.open('counter')) }),
  items: [1, 2, 3, 4, 5, 6, 7, 8, 9],
})

/** Passed on from call to call: a stack frame of 1.6 kB, so that twenty thousand overflow the 4 MB stack of a worker too. */
const ballast: readonly number[] = Array.from({ length: 200 }, () => 0)

export const summing = (lazy: boolean): SinkSubject => ({
  name: lazy ? 'a sum that recurses' : 'a sum',
  sink: (flow) =>
    new Program([
      reduceSink(
        flow.node,
        'sum',
        () => () => 0,
        (before: (...carried: readonly number[]) => number, n: number) => {
          if (lazy) return (...carried) => before(...carried) + n
          const sum = before() + n
          return () => sum
        },
        (sum) => sum(...ballast),
      ),
    ]),
  model: (items) => items.reduce((sum, n) => sum + n, 0),
})

export const writing = (told: boolean): SinkSubject => ({
  name: told ? 'writes that are told' : 'writes that are never told',
  sink: (flow, bench) => flow.to((n, signal) => bench.work(n, told ? signal : new AbortController().signal)),
  model: (items) => items.length,
})
