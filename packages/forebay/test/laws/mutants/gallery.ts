import { Program } from '../../../src/flow/program.ts'
import { reduceSink } from '../../../src/flow/sinks/reduce.ts'
import { Flow } from '../../../src/flow/flow.ts'
import { settle, type Context } from '../../../src/kernel/context.ts'
import { operator, type Operator } from '../../../src/kernel/operator.ts'
import type { Port, Pull } from '../../../src/kernel/receiver.ts'
import type { Law } from '../../../src/testkit/law-violation.ts'
import type { OperatorSubject, SinkSubject, SourceSubject, Subject } from '../../../src/testkit/subject.ts'
import { relay, type Fault } from './relay.ts'

/** A broken subject, the laws one of which must name it, and the healthy twin that must pass. */
export interface Mutant {
  readonly broken: Subject
  readonly laws: readonly Law[]
  readonly twin: Subject
}

const all = (items: readonly number[]): readonly number[] => items
const identity = (n: number): readonly number[] => [n]

function piece(name: string, make: () => Operator<number, any>, card: Partial<OperatorSubject> = {}): OperatorSubject {
  return { name, operator: (flow) => flow.via(make()), model: all, from: identity, ...card }
}

function relayed(fault?: Fault): OperatorSubject {
  return {
    name: fault === undefined ? 'relay' : `a relay that ${fault}`,
    operator: (flow) => relay(flow, fault),
    model: (items) => items.filter((n) => n % 2),
    from: identity,
  }
}

const relays: readonly (readonly [Fault, readonly Law[]])[] = [
  ['grants one too many', [4]],
  ['does not replace the credit of rejected items', [5]],
  ['ignores cancel', [8]],
  ['cancels with a reason of its own', [8]],
  ['looks for its end only with demand', [6]],
  ['sends without credit', [1]],
  ['keeps what it holds when it is cancelled', [3]],
  ['forgets to end the account of a rejected item', [3, 4]],
  ['tells its end before it is empty', [11, 3, 6]],
  ['wakes nobody', [5]],
]

const passing = piece('pass', () => operator('pass', { cardinality: 'one' }, (down) => ({ push: down.push })))

/** Pairs of items as two results each, without asking for the credit of the second. */
const twice = (asks: boolean): OperatorSubject =>
  piece(
    asks ? 'twice' : 'twice without credit',
    () =>
      operator<number, number>('twice', { cardinality: 'many', bound: 1 }, (down) => {
        let second: { value: number; context: Context | undefined } | undefined
        let end: (() => void) | undefined
        const flush = (): void => {
          if (second === undefined || (asks && !down.hasCredit())) return
          const { value, context } = second
          second = undefined
          down.push(value, context)
          end?.()
        }
        const endWith = (tell: () => void): void => {
          end = tell
          if (second === undefined) tell()
        }
        return {
          push: (value, context) => {
            context?.lease?.split(1)
            second = { value, context }
            down.push(value, context)
            flush()
          },
          pull: flush,
          complete: () => endWith(() => down.complete()),
          fail: (error) => endWith(() => down.fail(error)),
          close: (reason) => {
            settle(second?.context, 'returned', reason)
            second = undefined
          },
          held: () => (second === undefined ? 0 : 1),
        }
      }),
    { model: (items) => items.flatMap((n) => [n, n]) },
  )

/** Pairs: the last one may be alone. */
const pairs = (fault?: 'drops the last' | 'no account' | 'claims less' | 'swallows failure'): OperatorSubject =>
  piece(
    fault ?? 'pairs',
    () =>
      operator<number, number[]>('pairs', { cardinality: 'join', bound: fault === 'claims less' ? 0 : 2 }, (down) => {
        let first: { value: number; context: Context | undefined } | undefined
        let end: (() => void) | undefined
        const last = (): void => {
          if (first !== undefined) {
            if (!down.hasCredit()) return
            const { value, context } = first
            first = undefined
            if (fault === 'drops the last') settle(context, 'dropped', 'last')
            else down.push([value], context)
          }
          end?.()
        }
        const endWith = (tell: () => void): void => {
          end = tell
          last()
        }
        return {
          push: (value, context) => {
            if (first === undefined) {
              first = { value, context }
              return
            }
            const pair = first
            first = undefined
            settle(context, 'filtered')
            down.push([pair.value, value], pair.context)
          },
          pull: () => {
            if (end !== undefined) last()
          },
          complete: () => endWith(() => down.complete()),
          fail: (error) => endWith(() => (fault === 'swallows failure' ? down.complete() : down.fail(error))),
          close: (reason) => {
            if (fault !== 'no account') settle(first?.context, 'returned', reason)
          },
          held: () => (first === undefined || fault === 'no account' ? 0 : 1),
        }
      }),
    {
      model: (items) =>
        items.flatMap((n, index) =>
          index % 2 === 0 ? [items.slice(index, index + 2).length === 2 ? [n, items[index + 1]] : [n]] : [],
        ),
      from: ([n]: number[]) => [n as number],
    },
  )

/** The newest item, some time after it came; holds one. */
const delayed = (fault?: 'emits without credit' | 'keeps its timer' | 'emits after its end'): OperatorSubject =>
  piece(
    fault ?? 'delayed',
    () =>
      operator<number, number>('delayed', { cardinality: 'filter', bound: 1 }, (down, control) => {
        let held: { value: number; context: Context | undefined } | undefined
        let due = false
        let end: (() => void) | undefined
        let stop: (() => void) | undefined
        const emit = (): void => {
          if (held === undefined) return
          const { value, context } = held
          held = undefined
          due = false
          stop?.()
          down.push(value, context)
          end?.()
        }
        const endWith = (tell: () => void): void => {
          end = tell
          due = true
          if (held === undefined) tell()
          else if (down.hasCredit()) emit()
        }
        return {
          push: (value, context) => {
            if (held !== undefined) control.discard(held.context, 'newer')
            held = { value, context }
            stop?.()
            stop = control.clock.after(10, () => {
              due = true
              if (fault === 'emits without credit') emit()
              else if (fault === 'emits after its end') down.push(value, context)
              else control.wake()
            })
          },
          pull: () => {
            if (due) emit()
          },
          complete: () => endWith(() => down.complete()),
          fail: (error) => endWith(() => down.fail(error)),
          close: () => {
            if (fault !== 'keeps its timer' && fault !== 'emits after its end') stop?.()
            if (held !== undefined) control.discard(held.context, 'cancelled')
            held = undefined
          },
          held: () => (held === undefined ? 0 : 1),
        }
      }),
    { rate: true, loses: ['newer'] },
  )

const sorting = piece('sorts without a bound', () =>
  operator<number, number>('sort', { cardinality: 'one', bound: 3 }, (down, control) => {
    const held: { value: number; context: Context | undefined }[] = []
    let end: (() => void) | undefined
    const flush = (): void => {
      while (held.length > 0 && down.hasCredit()) {
        const { value, context } = held.shift() as { value: number; context: Context | undefined }
        down.push(value, context)
      }
      if (held.length === 0) end?.()
    }
    const endWith = (tell: () => void): void => {
      end = tell
      flush()
    }
    return {
      push: (value, context) => void held.push({ value, context }),
      pull: () => {
        if (end !== undefined) flush()
      },
      complete: () => endWith(() => down.complete()),
      fail: (error) => endWith(() => down.fail(error)),
      close: () => {
        for (const { context } of held.splice(0)) control.discard(context, 'cancelled')
      },
      held: () => held.length,
    }
  }),
)

/** The positions of items, counted in the blueprint or in the run. */
const numbered = (shared: boolean): OperatorSubject => {
  const outer = { count: 0 }
  return piece(
    shared ? 'numbers across runs' : 'numbers',
    () =>
      operator<number, number>('number', { cardinality: 'one' }, (down) => {
        const state = shared ? outer : { count: 0 }
        return { push: (_, context) => down.push(state.count++, context) }
      }),
    { model: (items) => items.map((_, index) => index), from: (index: number) => [index + 1] },
  )
}

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

const counting = (fault?: SourceFault): SourceSubject => ({
  name: fault === undefined ? 'a source that counts' : `a source that ${fault}`,
  source: (bench) =>
    new Flow<number>({ type: 'source', name: 'count', create: () => new Counting(fault, bench.open('counter')) }),
  items: [1, 2, 3, 4, 5, 6, 7, 8, 9],
})

const summing = (lazy: boolean): SinkSubject => ({
  name: lazy ? 'a sum that recurses' : 'a sum',
  sink: (flow) =>
    new Program([
      reduceSink(
        flow.node,
        'sum',
        () => () => 0,
        (before: () => number, n: number) => {
          if (lazy) return () => before() + n
          const sum = before() + n
          return () => sum
        },
        (sum) => sum(),
      ),
    ]),
  model: (items) => items.reduce((sum, n) => sum + n, 0),
})

const writing = (told: boolean): SinkSubject => ({
  name: told ? 'writes that are told' : 'writes that are never told',
  sink: (flow, bench) => flow.to((n, signal) => bench.work(n, told ? signal : new AbortController().signal)),
  model: (items) => items.length,
})

export const gallery: readonly Mutant[] = [
  ...relays.map(([fault, laws]): Mutant => ({ broken: relayed(fault), laws, twin: relayed() })),
  { broken: twice(false), laws: [1], twin: twice(true) },
  { broken: pairs('drops the last'), laws: [11, 3], twin: pairs() },
  { broken: pairs('no account'), laws: [3], twin: pairs() },
  { broken: pairs('claims less'), laws: [4], twin: pairs() },
  { broken: pairs('swallows failure'), laws: [6], twin: pairs() },
  { broken: delayed('emits without credit'), laws: [1, 7], twin: delayed() },
  { broken: delayed('keeps its timer'), laws: [8], twin: delayed() },
  { broken: delayed('emits after its end'), laws: [3, 6, 7, 8], twin: delayed() },
  { broken: sorting, laws: [4], twin: { ...sorting, name: 'sorts, and says so', bound: Infinity } },
  { broken: numbered(true), laws: [13], twin: numbered(false) },
  {
    broken: piece('drops the context', () =>
      operator('drop', { cardinality: 'one' }, (down) => ({ push: (value) => down.push(value, undefined) })),
    ),
    laws: [14],
    twin: passing,
  },
  {
    broken: piece('ends the account too early', () =>
      operator('early', { cardinality: 'one' }, (down) => ({
        push: (value, context) => {
          settle(context, 'done')
          down.push(value, context)
        },
      })),
    ),
    laws: [3, 14],
    twin: passing,
  },
  {
    broken: piece('swallows the end', () =>
      operator('endless', { cardinality: 'one' }, (down) => ({ push: down.push, complete: () => {} })),
    ),
    laws: [5, 6],
    twin: passing,
  },
  {
    broken: piece('loses items without a word', () =>
      operator<number, number>('sieve', { cardinality: 'one' }, (down) => ({
        push: (value, context) => {
          if (value % 5 === 0) settle(context, 'dropped', 'sieve')
          else down.push(value, context)
        },
      })),
    ),
    laws: [3, 11],
    twin: passing,
  },
  {
    broken: {
      name: 'a buffer that drops and does not say so',
      operator: (flow) => flow.buffer(2, 'drop-oldest'),
      model: all,
    },
    laws: [3],
    twin: { name: 'a buffer', operator: (flow) => flow.buffer(2), model: all },
  },
  {
    broken: {
      name: 'results out of order',
      operator: (flow, bench) => flow.mapAsync((n) => bench.work(n), { concurrency: 3, order: 'completion' }),
      model: all,
    },
    laws: [11],
    twin: {
      name: 'results in order',
      operator: (flow, bench) => flow.mapAsync((n) => bench.work(n), { concurrency: 3 }),
      model: all,
    },
  },
  { broken: counting('ignores credit'), laws: [1], twin: counting() },
  { broken: counting('never ends'), laws: [5, 6], twin: counting() },
  { broken: counting('skips after a turn'), laws: [11], twin: counting() },
  { broken: counting('stays open'), laws: [8], twin: counting() },
  { broken: summing(true), laws: [12], twin: summing(false) },
  { broken: writing(false), laws: [8], twin: writing(true) },
]
