import { settle, type Context } from '../../../src/kernel/context.ts'
import { operator, type Operator } from '../../../src/kernel/operator.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'

export const all = (items: readonly number[]): readonly number[] => items
const identity = (n: number): readonly number[] => [n]

/** An operator with the card of one that changes nothing. */
export function piece(
  name: string,
  make: () => Operator<number, any>,
  card: Partial<OperatorSubject> = {},
): OperatorSubject {
  return { name, operator: (flow) => flow.via(make()), model: all, from: identity, ...card }
}

export const passing = piece('pass', () =>
  operator('pass', { cardinality: 'one' }, (down) => ({ push: (value, context) => down.push(value, context) })),
)

/** Pairs of items as two results each, without asking for the credit of the second. */
export const twice = (asks: boolean): OperatorSubject =>
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
export const pairs = (fault?: 'drops the last' | 'no account' | 'claims less' | 'swallows failure'): OperatorSubject =>
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
export const delayed = (fault?: 'emits without credit' | 'keeps its timer' | 'emits after its end'): OperatorSubject =>
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

export const sorting = piece('sorts without a bound', () =>
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
export const numbered = (shared: boolean): OperatorSubject => {
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
