import { checkFunction } from '../../kernel/check.ts'
import { refuseDeadlocksAbove } from '../../kernel/explain/plan-deadlocks.ts'
import type { SinkNode } from '../../kernel/plan.ts'
import { Flow } from '../flow.ts'
import { Program } from '../program.ts'
import { assemble, type Assembled } from './assemble.ts'
import type { Component } from './component.ts'
import type { InPort, OutPort } from './port.ts'
import { specOf, type GraphSpec } from './spec.ts'
import { Wiring, type GraphBuilder } from './wiring.ts'

/** The ports that stay open, by the names that the graph gives them. */
export type OpenPorts = Readonly<Record<string, InPort<any> | OutPort<any>>>

type InsOf<P> = { [K in keyof P]: P[K] extends InPort<any> ? K : never }[keyof P]
type OutsOf<P> = { [K in keyof P]: P[K] extends OutPort<any> ? K : never }[keyof P]
type IsOne<K, All = K> = [K] extends [never] ? false : K extends any ? ([All] extends [K] ? true : false) : never
type InItem<P> = P[keyof P & InsOf<P>] extends InPort<infer T> ? T : never
type OutItem<P> = P[keyof P & OutsOf<P>] extends OutPort<infer T> ? T : never

/**
 * What a graph is, by the ports that it leaves open: none, and it is a program; an output, and it is a flow; an input
 * and an output, and it is a piece for `.via`; an input alone, and it is a sink. With more it is a component for other
 * graphs, which the last two are as well.
 */
export type GraphOf<P> = [InsOf<P>] extends [never]
  ? [OutsOf<P>] extends [never]
    ? Program<Record<string, unknown>>
    : IsOne<OutsOf<P>> extends true
      ? Flow<OutItem<P>>
      : Component<P>
  : IsOne<InsOf<P>> extends true
    ? [OutsOf<P>] extends [never]
      ? ((flow: Flow<InItem<P>>) => Program<Record<string, unknown>>) & Component<P>
      : IsOne<OutsOf<P>> extends true
        ? ((flow: Flow<InItem<P>>) => Flow<OutItem<P>>) & Component<P>
        : Component<P>
    : Component<P>

/** How a graph is called. */
export interface GraphOptions {
  /** The name of the program, and of the graph in messages; default `graph`. */
  name?: string
}

/**
 * Components with names and typed ports, joined by connections that are all bounded: for shapes that a chain of calls
 * cannot say, and for cycles. `wire` adds and connects them, and returns the ports that stay open. The result of a
 * graph without open ports has an entry for each component that is a sink, by its name.
 *
 * What cannot work is refused here and not when it runs: ports that are not connected, or twice, or of different types
 * (`FOREBAY_GRAPH`), rings that can come to stand still, and ways of one flow of which one gives nothing before another
 * is full (`FOREBAY_DEADLOCK`).
 *
 * Emits: when the component of the open output does. Backpressures: when the component of the open input does, and
 * with one item more while the ring that it is in has admitted all that it may. Completes: when its inputs have, and nothing is held, in rings neither.
 * Cancels: when downstream cancels; a ring whose every way out is closed is cancelled with what is in it. Loses: what
 * the policies of its connections say; what still comes round a ring that is over, with the reason `ring-over`.
 *
 * @example
 * const program = graph((g) => {
 *   const jobs = g.add('jobs', flow(queue))
 *   const all = g.add('all', fanInComponent(['fresh', 'again'], (flows: Flow<Job>[]) => merge(flows)))
 *   const work = g.add('work', (flow: Flow<Job>) => flow.mapAsync(attempt, { concurrency: 8 }))
 *   const sort = g.add('sort', fanOutComponent(['done', 'again'], (flow: Flow<Job>, branches) =>
 *     flow.partition((job) => (job.isDone ? 0 : 1), ...branches)))
 *   const store = g.add('store', (flow: Flow<Job>) => flow.to(save))
 *   g.connect(jobs.out, all.fresh, 16)
 *   g.connect(all.out, work.in, 8)
 *   g.connect(work.out, sort.in, 8)
 *   g.connect(sort.done, store.in, 16)
 *   g.feedback(sort.again, all.again, { items: 64, admit: 64 })
 * })
 */
export function graph<P extends OpenPorts | void>(
  wire: (g: GraphBuilder) => P,
  options: GraphOptions = {},
): GraphOf<P extends void ? {} : P> {
  const { name = 'graph' } = options
  const wiring = new Wiring()
  const open = checkFunction('graph', wire)(wiring)
  return opened(specOf(name, wiring, open)) as GraphOf<P extends void ? {} : P>
}

function opened(spec: GraphSpec): unknown {
  const { inputs, outputs } = spec
  const [input] = inputs.keys()
  const [output] = outputs.keys()
  // Built once more or less: what is wrong is found before anybody uses it.
  const first = assemble(spec, Object.fromEntries([...inputs.keys()].map((name) => [name, nothing(name)])))
  refuseDeadlocksAbove([...sidesOf(first), ...first.outputs.values()])
  if (input === undefined && outputs.size <= 1) {
    return output === undefined ? programOf(spec, first) : flowOf(first, output)
  }
  const component = componentOf(spec)
  if (input === undefined || inputs.size > 1 || outputs.size > 1) return component
  const piece = (flow: Flow<any>): unknown => {
    const assembled = assemble(spec, { [input]: flow })
    return output === undefined ? programOf(spec, assembled) : flowOf(assembled, output)
  }
  return Object.assign(piece, component)
}

function componentOf(spec: GraphSpec): Component<unknown> {
  const { inputs, outputs } = spec
  return {
    inputs: Object.fromEntries([...inputs].map(([name, { type }]) => [name, { type }])),
    outputs: Object.fromEntries([...outputs].map(([name, { type }]) => [name, { type }])),
    build: (flows) => {
      const assembled = assemble(spec, flows)
      if (outputs.size === 0) return programOf(spec, assembled)
      const sides = sidesOf(assembled)
      // Of all flows that come out of it, one has what runs beside them.
      return Object.fromEntries(
        [...assembled.outputs].map(([name, node], index) => [name, new Flow(node, index === 0 ? sides : [])]),
      )
    },
  }
}

function flowOf(assembled: Assembled, output: string): Flow<any> {
  const node = assembled.outputs.get(output)
  return new Flow(node as Flow<any>['node'], sidesOf(assembled))
}

/** The sinks of an open graph run beside what comes out of it. */
function sidesOf({ programs, sides }: Assembled): SinkNode[] {
  return [...[...programs.values()].flatMap(({ plan }) => plan.sinks), ...sides]
}

function programOf({ name }: GraphSpec, assembled: Assembled): Program<Record<string, unknown>> {
  const { programs } = assembled
  return new Program(sidesOf(assembled), name, (results) => {
    let from = 0
    return Object.fromEntries(
      [...programs].map(([component, { plan }]) => {
        const own = results.slice(from, (from += plan.sinks.length))
        return [component, plan.result === undefined ? (own.length === 1 ? own[0] : own) : plan.result(own)]
      }),
    )
  })
}

function nothing(name: string): Flow<any> {
  return new Flow({
    type: 'source',
    name,
    create: () => ({ run: (port) => port.done(), cancel() {}, pulled: () => 0 }),
  })
}
