import { checkFunction, show } from '../../kernel/check.ts'
import { ForebayError } from '../../kernel/errors.ts'
import { Flow } from '../flow.ts'
import { programOf, type Sink } from './program-of.ts'
import { reduceSink } from './reduce.ts'

/**
 * A sink whose result is the last item that `piece` makes of the flow: `resultOf(count())`, `resultOf(toArray(100))`,
 * `resultOf(some(isBad))`, `resultOf((items) => items.via(takeLast(5)).via(toArray(5)))`. Attached with `.via`, or as a
 * branch of `broadcast`. A piece that makes no item fails the run with `FOREBAY_EMPTY`.
 *
 * Emits: nothing. Backpressures: when `piece` does. Completes: when `piece` has completed. Cancels: when `piece` does.
 * Loses: what `piece` does.
 */
export function resultOf<T, R>(piece: (flow: Flow<T>) => Flow<R>): Sink<T, R> {
  checkFunction('resultOf', piece)
  return (flow) => {
    const made = piece(flow)
    if (!(made instanceof Flow)) throw new TypeError(`resultOf: expected piece to make a flow, got ${show(made)}`)
    return programOf<T, R>(made as Flow<any>, (input) =>
      reduceSink<{ value: R } | undefined, R, R>(
        input,
        'resultOf',
        () => undefined,
        (_, value) => ({ value }),
        (last) => {
          if (last === undefined) throw new ForebayError('FOREBAY_EMPTY', 'resultOf: the flow ended without an item')
          return last.value
        },
      ),
    )
  }
}
