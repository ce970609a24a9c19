import { show } from '../../kernel/check.ts'
import { ForebayError } from '../../kernel/errors.ts'
import { UNBOUNDED } from '../../kernel/receiver.ts'
import type { PlanNode, SinkNode } from '../../kernel/plan.ts'
import { Flow } from '../flow.ts'
import { Program } from '../program.ts'
import { checkUses } from './checks.ts'
import { FeedbackNodes } from './feedback-nodes.ts'
import type { Link } from './links.ts'
import { named } from './naming.ts'
import { labelOf, type InPort, type OutPort } from './port.ts'
import { checkRing } from './ring-checks.ts'
import { RingPlan } from './ring-plan.ts'
import { ringEntry, ringExit } from './ring-ways.ts'
import type { Ring } from './rings.ts'
import type { GraphSpec, PlacedPart } from './spec.ts'

/** What the flows of a graph have become. */
export interface Assembled {
  /** Where its open outputs end, by their names. */
  readonly outputs: ReadonlyMap<string, PlanNode>
  /** Of the components that end in sinks, in order. */
  readonly programs: ReadonlyMap<string, Program<any>>
  /** What runs beside all that. */
  readonly sides: readonly SinkNode[]
}

/** Makes flows of a graph, with `given` for its open inputs. */
export function assemble(spec: GraphSpec, given: Readonly<Record<string, Flow<any>>>): Assembled {
  return new Assembly(spec, given).build()
}

class Assembly {
  readonly #spec: GraphSpec
  readonly #given: Readonly<Record<string, Flow<any>>>
  readonly #rings = new Map<
    Ring,
    { readonly plan: RingPlan; readonly entries: PlanNode[]; readonly feeds: FeedbackNodes[] }
  >()
  readonly #feeds = new Map<Link, FeedbackNodes>()
  readonly #ends = new Map<OutPort<any>, PlanNode>()
  readonly #programs = new Map<string, Program<any>>()
  readonly #sides = new Set<SinkNode>()

  constructor(spec: GraphSpec, given: Readonly<Record<string, Flow<any>>>) {
    this.#spec = spec
    this.#given = given
    for (const ring of spec.rings) {
      const plan = new RingPlan(ring.path, placesOf(ring))
      const feeds = ring.feedbacks.map((link) => new FeedbackNodes(link, plan))
      for (const feed of feeds) this.#feeds.set(feed.link, feed)
      this.#rings.set(ring, { plan, entries: [], feeds })
    }
  }

  build(): Assembled {
    const { parts, outputs, inputs } = this.#spec
    for (const name of inputs.keys()) for (const side of this.#given[name]?.sides ?? []) this.#sides.add(side)
    for (const part of parts) this.#part(part)
    const ends = new Map([...outputs].map(([name, port]) => [name, this.#leaving(labelOf(port), port, undefined)]))
    for (const [ring, { entries, feeds }] of this.#rings) this.#close(ring, entries, feeds)
    return { outputs: ends, programs: this.#programs, sides: [...this.#sides] }
  }

  /** The feedbacks of a ring get the ends that they take from. */
  #close(ring: Ring, entries: readonly PlanNode[], feeds: readonly FeedbackNodes[]): void {
    const sinks = feeds.map((feed) => feed.end(this.#ends.get(feed.link.from) as PlanNode))
    for (const sink of sinks) this.#sides.add(sink)
    const admits = ring.feedbacks.some(({ feedback }) => feedback?.admit !== undefined)
    const { isJoined } = checkRing({
      path: ring.path,
      begins: feeds.map(({ begin }) => begin),
      ends: sinks,
      entries,
      waits: ring.feedbacks.some(({ options }) => (options.overflow ?? 'backpressure') === 'backpressure'),
      admits,
      kicksOff: ring.feedbacks.some(({ feedback }) => feedback?.kickOff.length !== 0),
    })
    for (const feed of feeds) feed.carriesState = isJoined
  }

  #part(part: PlacedPart): void {
    const inputs = new Map(part.inputs.map((port) => [port.name, this.#arriving(port)]))
    const flows = Object.fromEntries([...inputs].map(([name, node]) => [name, new Flow(node)]))
    const made = part.component.build(flows)
    const isProgram = made instanceof Program
    const ends = new Map(
      part.outputs.map((port) => [port, isProgram ? undefined : (made as Record<string, unknown>)[port.name]]),
    )
    if (isProgram && [...ends.keys()].every((port) => part.mayEnd && this.#isLoose(port))) ends.clear()
    for (const [port, end] of ends) {
      if (end instanceof Flow && !this.#isLoose(port)) continue
      const what = isProgram ? 'a program' : show(end)
      const message = end instanceof Flow ? 'connect it, or return it as an open port' : `expected a flow, got ${what}`
      throw new ForebayError('FOREBAY_GRAPH', `${this.#spec.name}: ${part.name}.${port.name}: ${message}`)
    }
    const outputs = [...ends] as [OutPort<any>, Flow<any>][]
    const sinks = isProgram ? made.plan.sinks : []
    const sides = outputs.flatMap(([, flow]) => flow.sides)
    const nodes = {
      inputs: new Set(inputs.values()),
      ends: outputs.map(([, { node }]) => node),
      sinks: [...sinks, ...sides],
    }
    checkUses(part.name, inputs, nodes)
    const copyOf = named(part.name, nodes)
    for (const [port, { node }] of outputs) this.#ends.set(port, copyOf(node))
    for (const side of sides) this.#sides.add(copyOf(side))
    if (isProgram) this.#programs.set(part.name, new Program(sinks.map(copyOf), made.plan.name, made.plan.result))
  }

  /** What comes in at a port. */
  #arriving(port: InPort<any>): PlanNode {
    const { links, inputs } = this.#spec
    const link = links.find(({ to }) => to === port)
    const feed = link === undefined ? undefined : this.#feeds.get(link)
    if (feed !== undefined) return feed.begin
    const [open] = [...inputs].find(([, input]) => input === port) ?? []
    const ring = this.#ringOf(port)
    if (link === undefined) {
      const { node } = this.#given[open as string] as Flow<any>
      return this.#entering(`${open} → ${port.component}`, ring, node)
    }
    const node = this.#leaving(link.name, link.from, ring)
    const buffered = link.options.items === 0 ? node : new Flow(node).buffer(link.options).node
    return this.#ringOf(link.from) === ring ? buffered : this.#entering(link.name, ring, buffered)
  }

  /** What goes out at a port, to where `ring` is. */
  #leaving(name: string, port: OutPort<any>, to: Ring | undefined): PlanNode {
    const node = this.#ends.get(port) as PlanNode
    const ring = this.#ringOf(port)
    if (ring === undefined || ring === to) return node
    return new Flow(node).via(ringExit(name, this.#planOf(ring).plan)).node
  }

  #entering(name: string, ring: Ring | undefined, node: PlanNode): PlanNode {
    if (ring === undefined) return node
    const { plan, entries } = this.#planOf(ring)
    const { node: entry } = new Flow(node).via(ringEntry(name, plan))
    entries.push(entry)
    return entry
  }

  #isLoose(port: OutPort<any>): boolean {
    const { links, outputs } = this.#spec
    return !links.some(({ from }) => from === port) && ![...outputs.values()].includes(port)
  }

  #ringOf({ component }: InPort<any> | OutPort<any>): Ring | undefined {
    return this.#spec.rings.find(({ members }) => members.has(component))
  }

  #planOf(ring: Ring): { readonly plan: RingPlan; readonly entries: PlanNode[] } {
    return this.#rings.get(ring) as { plan: RingPlan; entries: PlanNode[] }
  }
}

/** Items that may be in a ring at once, so that each has a place in every feedback that waits. */
function placesOf({ feedbacks, path }: Ring): number {
  const admits = feedbacks.flatMap(({ feedback }) => feedback?.admit ?? [])
  if (admits.length === 0) return UNBOUNDED
  const places = Math.min(...admits) + feedbacks.reduce((sum, { feedback }) => sum + (feedback?.kickOff.length ?? 0), 0)
  for (const { name, options } of feedbacks) {
    if ((options.overflow ?? 'backpressure') !== 'backpressure' || (options.items ?? 0) >= places) continue
    throw new RangeError(
      `${name}: items: expected at least ${places}, one for each item in the ring ${path}, got ${options.items}`,
    )
  }
  return places
}
