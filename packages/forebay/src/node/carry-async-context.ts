import type { AsyncLocalStorage } from 'node:async_hooks'
import { give, Own, ownOf } from '../flow/context/own.ts'
import { Program } from '../flow/program.ts'
import { checkFunction, show } from '../kernel/check.ts'
import type { Context } from '../kernel/context.ts'
import { operator, type Down, type Operator, type Step } from '../kernel/operator.ts'
import type { FirehoseNode, JunctionNode, OperatorNode, PlanNode, SinkNode } from '../kernel/plan.ts'

/** Where an item's store comes from. */
export interface CarryOptions<S> {
  /**
   * The store of an item that a source hands over; default, or where it is `undefined`: the one in which `run` was
   * called. Items of a firehose have the one in which they were emitted.
   */
  readonly of?: (item: any) => S | undefined
}

/**
 * Carries an `AsyncLocalStorage` with the items of a program: what your functions read from it is the store in which
 * their item came, on whichever turn and behind whichever buffer they are called. The store is taken at each source and
 * entered again behind every buffer, junction and operator that holds items; between them it is there anyway. An item made of several has the store
 * of the first. What is stored in a durable edge comes back without one, and so does what waits in `mapAsync` for an
 * earlier item of its key: there read `work.own`.
 *
 * The program is another one: the old one runs as before, and pays nothing.
 *
 * @example
 * const requests = new AsyncLocalStorage<{ trace: string }>()
 * const program = firehose<Order>(subscribe).buffer(100, 'drop-newest').mapAsync(save).to(log)
 * carryAsyncContext(requests)(program).run()
 */
export function carryAsyncContext<S>(
  storage: AsyncLocalStorage<S>,
  options: CarryOptions<S> = {},
): <R>(program: Program<R>) => Program<R> {
  if (typeof (storage as Partial<AsyncLocalStorage<S>> | null)?.getStore !== 'function') {
    throw new TypeError(`carryAsyncContext: expected an AsyncLocalStorage, got ${show(storage)}`)
  }
  if (options.of !== undefined) checkFunction('of', options.of)
  return <R>({ plan }: Program<R>) => {
    const carrier = new Carrier(storage, options.of)
    return new Program<R>(
      plan.sinks.map((sink) => carrier.sink(sink)),
      plan.name,
      plan.result,
    )
  }
}

/** Builds a plan anew, with what takes the store at its sources and enters it behind what hands on in another turn. */
class Carrier<S> {
  readonly #storage: AsyncLocalStorage<S>
  readonly #of: ((item: any) => S | undefined) | undefined
  /** A node with several outputs stays one node. */
  readonly #made = new Map<PlanNode, PlanNode>()
  readonly #junctions = new Map<JunctionNode, JunctionNode>()

  constructor(storage: AsyncLocalStorage<S>, of: ((item: any) => S | undefined) | undefined) {
    this.#storage = storage
    this.#of = of
  }

  sink(node: SinkNode): SinkNode {
    return { ...node, input: this.#carried(node.input) }
  }

  #carried(node: PlanNode): PlanNode {
    let made = this.#made.get(node)
    if (made === undefined) {
      made = this.#make(node)
      this.#made.set(node, made)
    }
    return made
  }

  #make(node: PlanNode): PlanNode {
    switch (node.type) {
      case 'source':
        return behind(node, this.#capture(node.name))
      case 'firehose':
        return this.#firehose(node)
      case 'operator':
        return this.#operator({ ...node, input: this.#carried(node.input) })
      case 'edge':
        return behind({ ...node, input: this.#carried(node.input) }, this.#restore())
      case 'durable':
        return node.input === undefined ? node : { ...node, input: this.#carried(node.input) }
      case 'junction':
        return behind(this.#junction(node), this.#restore())
      case 'outlet':
        return behind({ ...node, of: this.#junction(node.of) }, this.#restore())
      case 'sink':
        return this.sink(node)
    }
  }

  /** What holds items hands one on when another comes, in that one's store. */
  #operator(node: OperatorNode): OperatorNode {
    const { operator: piece } = node
    const isHolder = piece.kind === 'stateful' && (piece.bound > 0 || piece.cardinality === 'join')
    return isHolder ? behind(node, this.#restore()) : node
  }

  #junction(node: JunctionNode): JunctionNode {
    let made = this.#junctions.get(node)
    if (made === undefined) {
      made = { ...node, inputs: node.inputs.map((input) => this.#carried(input)) }
      this.#junctions.set(node, made)
    }
    return made
  }

  #firehose(node: FirehoseNode): FirehoseNode {
    return {
      ...node,
      start: (emit, end, env) =>
        node.start((value, context) => emit(value, taking(context, this.#storage.getStore())), end, env),
    }
  }

  #capture(name: string): Operator {
    const storage = this.#storage
    const of = this.#of
    return operator(name, { cardinality: 'one' }, (down) => {
      const started = storage.getStore()
      const push = pushOf(down)
      return {
        push: (value, context) => {
          const store = of?.(value) ?? started
          if (store === undefined) down.push(value, context)
          else storage.run(store, push, value, taking(context, store))
        },
      }
    })
  }

  /** What comes without a store is handed on outside of any: the present one is that of whoever made room. */
  #restore(): Operator {
    const storage = this.#storage
    return operator('carry', { cardinality: 'one' }, (down) => {
      const push = pushOf(down)
      return {
        push: (value, context) => storage.run(ownOf(context)?.scope as S, push, value, context),
      }
    })
  }
}

/** One function for all items: a closure for each would be one more object. */
function pushOf(down: Down<unknown>): Step {
  return (value, context) => down.push(value, context)
}

function behind(input: PlanNode, piece: Operator): OperatorNode {
  return { type: 'operator', name: piece.name, input, operator: piece }
}

function taking(context: Context | undefined, store: unknown): Context | undefined {
  if (store === undefined) return context
  const own = ownOf(context)
  return give(context, own?.in(store) ?? new Own(undefined, undefined, store))
}
