import { operator, type Operator } from './operator.ts'
import type { RunEnvironment } from './run-environment.ts'

/** Counts every record of a source and gives it a lease, where records have to be followed one by one. */
export function sourceRecord(name: string, env: RunEnvironment): Operator {
  return operator(name, { cardinality: 'one' }, (down) => ({
    push: (value, context) => down.push(value, env.totals.enter(context)),
  }))
}
