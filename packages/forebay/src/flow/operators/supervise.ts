import { checkFunction, checkOneOf, show } from '../../kernel/check.ts'
import { noRecord, settle, type Context } from '../../kernel/context.ts'
import { ForebayError } from '../../kernel/errors.ts'
import { cardinalityOf, type Control, type Down, type Operator, type OperatorLogic } from '../../kernel/operator.ts'
import type { PlanNode } from '../../kernel/plan.ts'
import { Flow } from '../flow.ts'

/**
 * What an operator does about an error of its own: `stop` fails the flow, `resume` drops the item and goes on,
 * `restart` drops the item and goes on with a state as at the beginning.
 */
export type Directive = 'resume' | 'restart' | 'stop'

/**
 * The operators of `piece`, with a decision about their errors: `decide` is asked for each item for which one of them
 * throws. It holds for these operators alone, never for what is above or below, and each keeps a state of its own.
 * Only synchronous operators can be supervised: for calls that return promises, `mapAsync({ onError })`.
 *
 * Emits: when the operators do. Backpressures: when downstream does. Completes: when the operators do. Cancels: when
 * downstream cancels, or `decide` says `stop`. Loses: the item for which an operator has thrown, counted as `error`;
 * with `restart` also what that operator holds, counted as `restarted`.
 *
 * An operator that has handed something on for the item before it threw, or throws between two items, cannot resume:
 * that fails the flow.
 *
 * @example
 * flow(lines).via(supervise((items) => items.map(JSON.parse).filter(isOrder), () => 'resume')).forEach(handle)
 */
export function supervise<T, U>(
  piece: (flow: Flow<T>) => Flow<U>,
  decide: (error: unknown, item: unknown) => Directive,
): (flow: Flow<T>) => Flow<U> {
  checkFunction('supervise', piece)
  checkFunction('supervise decide', decide)
  const supervised = operatorsOf(piece).map((operator) => supervising(operator, decide))
  return (flow) => supervised.reduce((above: Flow<any>, operator) => above.via(operator), flow)
}

/** The operators that `piece` attaches to a flow, in order. */
function operatorsOf(piece: (flow: Flow<any>) => Flow<any>): Operator[] {
  const begin: PlanNode = {
    type: 'source',
    name: 'supervised',
    create: () => {
      throw new ForebayError('FOREBAY_UNSUPPORTED', 'supervise: the flow that a piece is given cannot be run')
    },
  }
  const end = piece(new Flow(begin))
  if (!(end instanceof Flow)) throw new TypeError(`supervise: expected a piece that returns a flow, got ${show(end)}`)
  const operators: Operator[] = []
  let node: PlanNode = end.node
  while (node !== begin) {
    if (node.type !== 'operator' || end.sides.length > 0) {
      const message = `supervise: only synchronous operators can be supervised, and ${node.name} is none`
      throw new ForebayError('FOREBAY_UNSUPPORTED', message)
    }
    // What a user has named keeps its name.
    operators.unshift({ ...node.operator, name: node.name })
    node = node.input
  }
  return operators
}

function supervising(operator: Operator, decide: (error: unknown, item: unknown) => Directive): Operator {
  const cardinality = cardinalityOf(operator)
  return {
    kind: 'stateful',
    name: operator.name,
    cardinality: cardinality === 'one' ? 'filter' : cardinality,
    bound: operator.kind === 'stateful' ? operator.bound : 0,
    loses: 'items for which it throws',
    ...(operator.kind === 'stateful' && operator.catches === true && { catches: true }),
    create: (down, control) => new Supervised(operator, decide, down, control),
  }
}

/** One operator, whose errors are told from those of what is below it. */
class Supervised implements OperatorLogic<any> {
  readonly #operator: Operator
  readonly #decide: (error: unknown, item: unknown) => Directive
  readonly #down: Down<any>
  readonly #control: Control
  #logic: OperatorLogic<any>
  /** It has handed something on for the present item. */
  #hasPushed = false
  /** Something below it is at work, and what is thrown then is thrown there. */
  #isBelow = false
  readonly pull?: () => void
  readonly complete?: () => void
  readonly fail?: (error: unknown) => void

  constructor(
    operator: Operator,
    decide: (error: unknown, item: unknown) => Directive,
    down: Down<any>,
    control: Control,
  ) {
    this.#operator = operator
    this.#decide = decide
    this.#control = control
    this.#down = {
      push: (value, context) => {
        this.#hasPushed = true
        this.#isBelow = true
        down.push(value, context)
        this.#isBelow = false
      },
      hasCredit: () => down.hasCredit(),
      complete: () => down.complete(),
      fail: (error) => down.fail(error),
    }
    this.#logic = this.#begin()
    // A segment asks for what an operator has: a `pull` costs every round, a `fail` catches.
    if (this.#logic.pull !== undefined) this.pull = () => this.#logic.pull?.()
    if (this.#logic.complete !== undefined) this.complete = () => this.#logic.complete?.()
    if (this.#logic.fail !== undefined) this.fail = (error) => this.#logic.fail?.(error)
  }

  push(value: unknown, context: Context | undefined): void {
    this.#hasPushed = false
    this.#isBelow = false
    try {
      this.#logic.push(value, context)
    } catch (error) {
      if (this.#isBelow || this.#hasPushed) throw error
      const directive = checkOneOf('supervise decide', this.#decide(error, value), ['resume', 'restart', 'stop'])
      if (directive === 'stop') throw error
      if (directive === 'restart') this.#restart()
      this.#control.discard(context, 'error')
    }
  }

  held(): number {
    return this.#logic.held?.() ?? 0
  }

  close(reason: unknown): void {
    this.#logic.close?.(reason)
  }

  #restart(): void {
    // The leases of what is held are ended by the operator itself.
    for (let held = this.held(); held > 0; held--) this.#control.discard(noRecord, 'restarted')
    this.#logic.close?.('restarted')
    this.#logic = this.#begin()
  }

  #begin(): OperatorLogic<any> {
    const operator = this.#operator
    if (operator.kind === 'stateful') return operator.create(this.#down, this.#control)
    const { kind, fn } = operator
    const down = this.#down
    return {
      push: (value, context) => {
        const result = fn(value)
        if (kind === 'map') down.push(result, context)
        else if (kind === 'tap' || result) down.push(value, context)
        else settle(context, 'filtered')
      },
    }
  }
}
