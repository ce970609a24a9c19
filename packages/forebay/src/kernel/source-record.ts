import { operator, type Operator } from './operator.ts'
import type { Enter } from './plan.ts'

/** Counts every record of a source and gives it a lease, where records have to be followed one by one. */
export function sourceRecord(name: string, enter: Enter): Operator {
  return operator(name, { cardinality: 'one' }, (down) => ({
    push: (value, context) => down.push(value, enter(context)),
  }))
}
