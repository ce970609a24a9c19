import { show } from '../../kernel/check.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { Flow } from '../flow.ts'
import type { Program } from '../program.ts'
import { partOf, type Component, type Part } from './component.ts'
import { feedbackOf, linkOf, type ConnectOptions, type FeedbackOptions, type Link } from './links.ts'
import { labelOf, type InPort, type OutPort } from './port.ts'

/** What a graph is put together with. */
export interface GraphBuilder {
  /** Adds a component under a name of its own, which its stages will have; returns its ports. */
  add<P>(name: string, component: Component<P>): P
  /** Adds a source: `out`. */
  add<T>(name: string, source: Flow<T>): { readonly out: OutPort<T> }
  /** Adds a piece, such as an operator: `in` and `out`. */
  add<A, B>(name: string, piece: (flow: Flow<A>) => Flow<B>): { readonly in: InPort<A>; readonly out: OutPort<B> }
  /** Adds a sink: `in`. Its result is an entry of the graph's. */
  add<A>(name: string, sink: (flow: Flow<A>) => Program<any>): { readonly in: InPort<A> }
  /** Connects two ports; every connection has a bound, in items or bytes. */
  connect<T>(from: OutPort<T>, to: InPort<T>, options: number | ConnectOptions<T>): void
  /** Connects an output with an input before it: the one kind of connection that closes a ring. */
  feedback<T>(from: OutPort<T>, to: InPort<T>, options: FeedbackOptions<T>): void
}

/** What has been added and connected so far. Invariant: no port has two connections. */
export class Wiring implements GraphBuilder {
  readonly parts: Map<string, Part> = new Map()
  readonly links: Link[] = []
  /** Ports of the graph, by component. */
  readonly inputs: Map<string, readonly InPort<any>[]> = new Map()
  readonly outputs: Map<string, readonly OutPort<any>[]> = new Map()
  readonly #known = new Set<unknown>()
  readonly #linkOf = new Map<InPort<any> | OutPort<any>, Link>()

  add(name: string, added: unknown): any {
    if (typeof name !== 'string' || name === '') throw new TypeError(`add: expected a name, got ${show(name)}`)
    if (this.parts.has(name))
      throw new ForebayError('FOREBAY_GRAPH', `add: the graph has a component '${name}' already`)
    const part = partOf(name, added)
    this.parts.set(name, part)
    const { inputs, outputs } = part.component
    const ins = Object.entries(inputs).map(([at, { type }]): InPort<any> => ({
      direction: 'in',
      component: name,
      name: at,
      type,
    }))
    const outs = Object.entries(outputs).map(([at, { type }]): OutPort<any> => ({
      direction: 'out',
      component: name,
      name: at,
      type,
    }))
    this.inputs.set(name, ins)
    this.outputs.set(name, outs)
    const ports = [...ins, ...outs]
    for (const each of ports) this.#known.add(each)
    return Object.fromEntries(ports.map((each) => [each.name, each]))
  }

  connect(from: OutPort<any>, to: InPort<any>, options: number | ConnectOptions<any>): void {
    this.#check('connect', from, to)
    this.#link(linkOf(from, to, options))
  }

  feedback(from: OutPort<any>, to: InPort<any>, options: FeedbackOptions<any>): void {
    this.#check('feedback', from, to)
    this.#link(feedbackOf(from, to, options))
  }

  linkAt(port: InPort<any> | OutPort<any>): Link | undefined {
    return this.#linkOf.get(port)
  }

  isOwn(port: unknown): port is InPort<any> | OutPort<any> {
    return this.#known.has(port)
  }

  #check(what: string, from: OutPort<any>, to: InPort<any>): void {
    for (const [port, direction] of [
      [from, 'out'],
      [to, 'in'],
    ] as const) {
      if (!this.isOwn(port) || port.direction !== direction) {
        throw new ForebayError(
          'FOREBAY_GRAPH',
          `${what}: expected an ${direction} port of this graph, got ${shown(port)}`,
        )
      }
      const link = this.linkAt(port)
      if (link === undefined) continue
      const hint = direction === 'out' ? 'part the flow with fanOutComponent' : 'join the flows with fanInComponent'
      throw new ForebayError('FOREBAY_GRAPH', `${what}: ${labelOf(port)} is connected already (${link.name}): ${hint}`)
    }
    if (from.type === undefined || to.type === undefined || from.type === to.type) return
    throw new ForebayError(
      'FOREBAY_GRAPH',
      `${what}: ${labelOf(from)} gives '${from.type}' and ${labelOf(to)} takes '${to.type}'`,
    )
  }

  #link(link: Link): void {
    this.links.push(link)
    this.#linkOf.set(link.from, link)
    this.#linkOf.set(link.to, link)
  }
}

function shown(port: unknown): string {
  const { component, name, direction } = Object(port) as Partial<InPort<any>>
  return component === undefined || name === undefined
    ? show(port)
    : `the ${direction} port ${labelOf(port as InPort<any>)}`
}
