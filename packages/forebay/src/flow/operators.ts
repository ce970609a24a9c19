export { operator, type Control, type Down, type Operator, type OperatorLogic } from '../kernel/operator.ts'
export { settle, type Context, type Lease, type Outcome } from '../kernel/context.ts'
