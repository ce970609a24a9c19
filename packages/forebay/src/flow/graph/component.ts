import { checkFunction, show } from '../../kernel/check.ts'
import { Flow } from '../flow.ts'
import { Program } from '../program.ts'
import { port, type InPort, type OutPort, type PortType } from './port.ts'

/** Ports by name, as a component declares them. */
export type PortTypes = Readonly<Record<string, PortType<any>>>

/** A flow for each port. */
export type FlowsOf<P> = { readonly [K in keyof P]: P[K] extends PortType<infer T> ? Flow<T> : never }

/** The ports of a component as a graph knows them. */
export type PortsOf<I, O> = {
  readonly [K in keyof I]: I[K] extends PortType<infer T> ? InPort<T> : never
} & { readonly [K in keyof O]: O[K] extends PortType<infer T> ? OutPort<T> : never }

/** What a component makes of its inputs: a flow for each output, or, without outputs, a program. */
export type EndsOf<O> = [keyof O] extends [never] ? Program<any> : FlowsOf<O>

/** A part of a graph, as a value: it may be added to any number of graphs, under any name. */
export interface Component<P> {
  readonly inputs: PortTypes
  readonly outputs: PortTypes
  /** Makes flows of flows, once for each place that it is used in; nothing runs yet. */
  readonly build: (inputs: Readonly<Record<string, Flow<any>>>) => Readonly<Record<string, Flow<any>>> | Program<any>
  /** For the compiler only. */
  readonly ports?: P
}

/**
 * A component with ports of your own: `build` makes the flows of its outputs from those of its inputs. Without outputs
 * it returns a program. Each input is used exactly once; `broadcast` is there for more.
 *
 * @example
 * const pricing = component(
 *   { in: { orders: port<Order>(), prices: port<Price>() }, out: { priced: port<Priced>() } },
 *   ({ orders, prices }) => ({ priced: orders.via(withLatestFrom(prices)).map(([order, price]) => value(order, price)) }),
 * )
 */
export function component<I extends PortTypes = {}, O extends PortTypes = {}>(
  ports: { readonly in?: I; readonly out?: O },
  build: (inputs: FlowsOf<NoInfer<I>>) => EndsOf<NoInfer<O>>,
): Component<PortsOf<I, O>> {
  const { in: inputs = {} as I, out: outputs = {} as O } = Object(ports) as typeof ports
  checkFunction('component', build)
  for (const name of Object.keys(inputs)) {
    if (name in outputs) throw new RangeError(`component: expected a name for each port, got '${name}' in and out`)
  }
  return { inputs, outputs, build: build as unknown as Component<unknown>['build'] }
}

/** A component, and whether what it gives is known only when it is built: a function over flows may end them. */
export interface Part {
  readonly name: string
  readonly component: Component<any>
  readonly mayEnd: boolean
}

/** What may be added to a graph, as a component. */
export function partOf(name: string, added: unknown): Part {
  if (isComponent(added)) return { name, component: added, mayEnd: false }
  if (added instanceof Flow) {
    return { name, component: { inputs: {}, outputs: { out: port() }, build: () => ({ out: added }) }, mayEnd: false }
  }
  if (typeof added !== 'function') {
    throw new TypeError(`${name}: expected a flow, a function over flows or a component, got ${show(added)}`)
  }
  const piece = added as (flow: Flow<any>) => unknown
  const build: Component<any>['build'] = ({ in: input }) => {
    const end = piece(input as Flow<any>)
    if (end instanceof Program) return end
    if (end instanceof Flow) return { out: end }
    throw new TypeError(`${name}: expected a function that returns a flow or a program, got ${show(end)}`)
  }
  return { name, component: { inputs: { in: port() }, outputs: { out: port() }, build }, mayEnd: true }
}

function isComponent(added: unknown): added is Component<any> {
  const { inputs, outputs, build } = Object(added) as Partial<Component<any>>
  return typeof inputs === 'object' && typeof outputs === 'object' && typeof build === 'function'
}
