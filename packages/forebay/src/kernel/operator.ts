import type { Clock } from './clock.ts'
import type { Context } from './context.ts'
import type { Random } from './random.ts'

/** Hands one item on. */
export type Step = (value: any, context: Context | undefined) => void

/** The rest of the segment, as an operator sees it. */
export interface Down<T> {
  /** Hands an item on. An operator pushes at most once per `push` it got unless it has asked {@link hasCredit} first. */
  push(value: T, context: Context | undefined): void
  /** Whether one more item may be pushed now. */
  hasCredit(): boolean
  complete(): void
  fail(error: unknown): void
}

/** What an operator may ask of its segment. */
export interface Control {
  readonly clock: Clock
  readonly random: Random
  readonly signal: AbortSignal
  /** Asks for {@link OperatorLogic.pull} to be called as soon as there is credit: for timers and late results. */
  wake(): void
  /** The operator wants no more input: upstream is cancelled, and everything held downstream of it flows out before the end. */
  finish(): void
  /** Counts an item that the operator throws away, and ends its account. */
  discard(context: Context | undefined, reason: string): void
}

/**
 * The running half of an operator. `push` is called only while there is credit; an operator that
 * may emit more than one item per input keeps the rest and emits it from `pull`.
 *
 * When a push throws, the account of the item that was being handed on is ended by the segment. So an
 * operator that throws by itself must not have taken over the item it was given.
 */
export interface OperatorLogic<A> {
  push(value: A, context: Context | undefined): void
  /** There is credit again, or `wake` was called: emit what is held, while `down.hasCredit()`. */
  pull?(): void
  /** Upstream completed. Default: `down.complete()`. An operator that still holds items completes from `pull`. */
  complete?(): void
  /** Upstream failed. Default: `down.fail(error)`. */
  fail?(error: unknown): void
  /** The segment is over, for whatever reason; called exactly once. Discards what is held. */
  close?(reason: unknown): void
  /** Items held now. */
  held?(): number
}

/**
 * How many items an operator emits per item it takes: `one`; `filter` (none or one); `many`, also when it adds items
 * of no record; `join` (one for several). It decides how source records are counted.
 */
export type Cardinality = 'one' | 'filter' | 'many' | 'join'

export function cardinalityOf(operator: Operator): Cardinality {
  if (operator.kind === 'stateful') return operator.cardinality
  return operator.kind === 'filter' ? 'filter' : 'one'
}

/** A synchronous operator as plan data. Nothing runs until the plan is run, and runs share nothing. */
export type Operator<A = any, B = any> =
  | { readonly kind: 'map'; readonly name: string; readonly fn: (value: A) => B }
  | { readonly kind: 'filter'; readonly name: string; readonly fn: (value: A) => unknown }
  | { readonly kind: 'tap'; readonly name: string; readonly fn: (value: A) => unknown }
  | {
      readonly kind: 'stateful'
      readonly name: string
      readonly cardinality: Cardinality
      /** The most items it holds at any instant; `Infinity` marks an operator that `explain` must call unbounded. */
      readonly bound: number
      /** Which items it may discard on purpose, in words; nothing when it loses none. */
      readonly loses?: string
      /** It does something with a failure of its input other than to hand it on. */
      readonly catches?: boolean
      /** Items that it takes before it gives one, whatever the time; `Infinity` when it gives none before its end. Default: one, or not known. */
      readonly gathers?: number
      /** Several of its items may have the same lease, see `BulkLease`: it only settles, joins and hands on leases, or asks for one `alone`. */
      readonly bulk?: true
      readonly create: (down: Down<B>, control: Control) => OperatorLogic<A>
    }

/**
 * Makes a synchronous operator of your own; attach it with `.via(operator(...))` or as a function over flows.
 * The built-in operators are made with the same call. An item of no record, such as a separator, is pushed with the
 * context `noRecord`; an operator that discards items on purpose says which in `loses`, one that does not hand on
 * every failure of its input sets `catches`, and one that gives nothing before so many items have come `gathers` them.
 *
 * @example
 * const everyOther = operator<number, number>('everyOther', { cardinality: 'filter' }, (down, control) => {
 *   let odd = false
 *   return {
 *     push: (value, context) => {
 *       odd = !odd
 *       if (odd) down.push(value, context)
 *       else settle(context, 'filtered')
 *     },
 *   }
 * })
 */
export function operator<A, B>(
  name: string,
  options: {
    cardinality: Cardinality
    bound?: number
    loses?: string
    catches?: boolean
    gathers?: number
    bulk?: true
  },
  create: (down: Down<B>, control: Control) => OperatorLogic<A>,
): Operator<A, B> {
  return { kind: 'stateful', name, bound: 0, ...options, create }
}
