import { settle, type Context } from './context.ts'
import { operator, type Operator, type OperatorLogic } from './operator.ts'
import type { RunEnvironment } from './run-environment.ts'

/** Counts every record of a source and gives it a lease, where records have to be followed one by one. */
export function sourceRecord(name: string, env: RunEnvironment): Operator {
  return operator(name, { cardinality: 'one' }, (down) => {
    let record: Context | undefined
    const logic: OperatorLogic<unknown> = {
      inside: false,
      push: (value, context) => {
        record = env.totals.enter(context)
        logic.inside = true
        down.push(value, record)
        logic.inside = false
      },
      close: (reason) => {
        if (logic.inside === true) settle(record, 'failed', reason)
        record = undefined
      },
    }
    return logic
  })
}
