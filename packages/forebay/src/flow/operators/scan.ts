import { operator, type Operator } from '../../kernel/operator.ts'

/** The running fold: one state per item, the first after the first item. */
export function scanOperator<S, T>(fold: (state: S, value: T) => S, initial: () => S): Operator<T, S> {
  return operator<T, S>('scan', { cardinality: 'one' }, (down) => {
    let state = initial()
    return {
      push: (value, context) => {
        state = fold(state, value)
        down.push(state, context)
      },
    }
  })
}
