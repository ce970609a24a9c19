import type { BoundedEdge } from './bounded-edge.ts'
import { DirectEdge } from './direct-edge.ts'
import type { DurableEdge, DurablePart } from './durable.ts'
import { ForebayError } from './errors.ts'
import { FirehoseSource } from './firehose-source.ts'
import type { SourceRecords } from './fill-receiver.ts'
import { splitsLeases } from './lineage.ts'
import { makeEdge } from './make-edge.ts'
import { GraphParts } from './graph-parts.ts'
import type { Graph, RunningSink, RunningSource } from './graph.ts'
import type { Operator } from './operator.ts'
import {
  nodesOf,
  type DurableNode,
  type Enter,
  type EdgeNode,
  type Forget,
  type Graft,
  type Junction,
  type JunctionNode,
  type Plan,
  type PlanNode,
  type Sink,
  type SinkNode,
} from './plan.ts'
import type { Pull, Upstream } from './receiver.ts'
import type { RunEnvironment } from './run-environment.ts'
import { Segment } from './segment.ts'
import type { StageAccount } from './stage-account.ts'
import type { Target } from './target.ts'

/**
 * Builds the running half of a plan, from the sinks upward. Adjacent operators become one segment; every
 * edge, junction and sink ends one. Two runs of a plan share nothing but the functions in it.
 */
export function materialize(plan: Plan, env: RunEnvironment, stores: ReadonlyMap<DurableNode, DurableEdge>): Graph {
  const builder = new Builder(env, stores)
  return builder.build(plan)
}

class Builder {
  readonly #env: RunEnvironment
  readonly #stores: ReadonlyMap<DurableNode, DurableEdge>
  /** Those with several outlets, by their nodes. */
  #junctions = new Map<JunctionNode, { junction: Junction; stage: StageAccount }>()
  readonly #parts = new GraphParts()
  readonly #durables: DurablePart[] = []
  readonly #openers: (() => void)[] = []
  #closed: { error: unknown } | undefined
  /** Set while what is grafted is work on an item. */
  #work: Enter | undefined
  /** Something in the plan may split leases: records get one each. */
  #alone = false

  constructor(env: RunEnvironment, stores: ReadonlyMap<DurableNode, DurableEdge>) {
    this.#env = env
    this.#stores = stores
  }

  build(plan: Plan): Graph {
    this.#alone = splitsLeases(nodesOf(plan))
    const sinks = plan.sinks.map((node) => this.#sink(node))
    const openers = this.#openers
    const { segments, sources } = this.#parts
    return {
      sinks,
      segments,
      durables: this.#durables,
      sources,
      open: () => {
        for (const open of openers) open()
      },
      stopSources: () => this.#parts.stop(),
      close: (error) => {
        this.#closed = { error }
      },
      cancel: (reason) => {
        const waiting = sinks.filter(({ feeding }) => !feeding.isOver)
        for (const segment of segments) segment.cancel(reason)
        this.#parts.stop()
        for (const { sink, feeding } of waiting) if (!feeding.hasTold) sink.fail(reason)
      },
    }
  }

  #sink(node: SinkNode): RunningSink {
    const { name, kind = 'sink', slots, site, fused } = node
    const own = fused ? undefined : this.#env.stage({ name, kind, slots, site })
    let sink = own === undefined ? undefined : node.create(this.#env, own)
    let feeding: Segment | undefined
    const stage = this.#connect(node.input, {
      receive: (above) => (sink ??= node.create(this.#env, above)),
      attach: (segment) => {
        feeding = segment
        sink?.attach(segment)
      },
      stage: own,
      fused: fused ? name : undefined,
    })
    const made = sink as unknown as Sink
    this.#openers.push(() => made.open())
    return { node, sink: made, stage: own ?? stage, feeding: feeding as unknown as Segment }
  }

  /** Builds what feeds `target`; returns the stage that does. */
  #connect(node: PlanNode, target: Target): StageAccount {
    const operators: Operator[] = []
    const named: string[] = []
    let head = node
    while (head.type === 'operator') {
      operators.unshift(head.operator)
      if (head.name !== head.operator.name) named.push(head.name)
      head = head.input
    }
    const label = named[0] ?? operators.map(({ name }) => name).join(' · ')
    if (head.type === 'source') return this.#fromSource(head, operators, named[0], target)
    if (head.type === 'edge') return this.#fromEdge(head, operators, label, target)
    if (head.type === 'durable') return this.#fromDurable(head, operators, label, target)
    if (head.type === 'junction') return this.#fromJunction(head, 0, false, operators, label, target)
    if (head.type === 'outlet') return this.#fromJunction(head.of, head.index, true, operators, label, target)
    throw new ForebayError(
      'FOREBAY_UNBOUNDED',
      `${head.name}: a firehose needs an overflow policy before anything else`,
    )
  }

  #fromSource(
    node: Extract<PlanNode, { type: 'source' }>,
    operators: readonly Operator[],
    label: string | undefined,
    target: Target,
  ): StageAccount {
    const env = this.#env
    const stage = env.stage({ name: label ?? node.name, kind: 'source', sync: true, site: node.site })
    const pull = node.create(env, stage)
    const segment = this.#segment(pull, operators, target, stage, true, this.#records())
    this.#addSource(segment, () => segment.stop())
    return stage
  }

  #fromEdge(node: EdgeNode, operators: readonly Operator[], label: string, target: Target): StageAccount {
    const edge = makeEdge(node.options, this.#env)
    if (node.input.type !== 'firehose') return this.#below(edge, node, operators, label, target)
    const stage = this.#below(edge, { site: node.site, input: undefined }, operators, label, target)
    const source = new FirehoseSource(node.input, edge, this.#env, this.#records().enter)
    this.#addSource(source, () => source.stop())
    this.#openers.push(() => source.open())
    return stage
  }

  #fromDurable(node: DurableNode, operators: readonly Operator[], label: string, target: Target): StageAccount {
    const store = this.#stores.get(node)
    if (store === undefined)
      throw new ForebayError('FOREBAY_NO_STORE', `${node.name}: a durable edge needs run({ store })`)
    const junction = store.join(node.name, this.#env)
    this.#durables.push(junction)
    if (node.input === undefined) junction.attach(undefined)
    return this.#below(junction, node, operators, label, target)
  }

  /** An edge, the segment below it, and what feeds it. Without operators the segment is a mere passage into the stage behind it. */
  #below(
    edge: BoundedEdge | DurablePart,
    { site, input }: { readonly site?: string | undefined; readonly input: PlanNode | undefined },
    operators: readonly Operator[],
    label: string,
    target: Target,
  ): StageAccount {
    const passage = operators.length === 0 ? target.stage : undefined
    const stage =
      passage ?? this.#env.stage({ name: label || (target.fused ?? 'relay'), kind: 'segment', sync: true, site })
    edge.to = stage
    this.#segment(edge, operators, target, stage, passage === undefined)
    const attach = (upstream: Upstream): void => edge.attach(upstream)
    if (input !== undefined) this.#connect(input, { receive: () => edge, attach, stage: undefined, fused: undefined })
    this.#openers.push(() => edge.open())
    return stage
  }

  #fromJunction(
    node: JunctionNode,
    output: number,
    shared: boolean,
    operators: readonly Operator[],
    label: string,
    target: Target,
  ): StageAccount {
    // A junction with one output is made anew for each use of it, like a source; outlets meet in one.
    let made = shared ? this.#junctions.get(node) : undefined
    const isNew = made === undefined
    if (made === undefined) {
      const { name, kind, slots, sync, site } = node
      const stage = this.#env.stage({ name, kind, slots, sync, site })
      stage.makesItems = node.cardinality === 'many'
      made = { junction: node.create(this.#env, stage, this.#graft(stage)), stage }
      if (shared) this.#junctions.set(node, made)
    }
    const { junction, stage } = made
    const pull = junction.pull(output)
    const name = operators.length === 0 ? target.fused : label
    const below = name === undefined ? stage : this.#env.stage({ name, kind: 'segment', sync: true })
    const segment = this.#segment(pull, operators, target, below, below !== stage)
    if (below !== stage) this.#env.edge(new DirectEdge(stage, below, () => pull.pulled(), segment, pull))
    if (isNew) {
      if (junction.stop !== undefined && this.#work === undefined) this.#parts.addStopper(() => junction.stop?.())
      this.#inputs(node, junction, stage)
    }
    return below
  }

  /** New parts join those of the run, so that it cancels and stops them as well. */
  #graft(stage: StageAccount): Graft {
    return (input, receiver, attach, enter) => {
      if (this.#closed !== undefined) throw this.#closed.error
      const junctions = this.#junctions
      const first = this.#openers.length
      this.#alone = true // nobody has looked at what is grafted
      // A plan that is grafted twice is built twice.
      this.#junctions = new Map()
      this.#work = enter
      let leave: Forget = () => {}
      try {
        const forget = this.#parts.scope(() => {
          leave = this.#env.scope(() => {
            this.#connect(input, { receive: () => receiver, attach, stage, fused: undefined })
            for (const open of this.#openers.splice(first)) open()
          })
        })
        return () => {
          leave()
          forget()
        }
      } finally {
        this.#openers.splice(first)
        this.#junctions = junctions
        this.#work = undefined
      }
    }
  }

  /** How the items of a source become records; where they are counted at the ends they need not enter. */
  #records(): SourceRecords {
    const { totals } = this.#env
    const enter = this.#work
    if (enter !== undefined || !totals.lineage) return { enter, isShared: enter === undefined }
    const isShared = !this.#alone
    return { enter: (context, items = isShared ? 1 : undefined) => totals.enter(context, items), isShared }
  }

  #addSource(source: RunningSource, stop: () => void): void {
    this.#parts.addSource(source)
    if (this.#work === undefined) this.#parts.addStopper(stop)
  }

  #inputs(node: JunctionNode, junction: Junction, stage: StageAccount): void {
    node.inputs.forEach((input, index) => {
      this.#connect(input, {
        receive: () => junction.receiver(index),
        attach: (upstream) => junction.attach(index, upstream),
        stage,
        fused: undefined,
      })
    })
    this.#openers.push(() => junction.open())
  }

  #segment(
    pull: Pull,
    operators: readonly Operator[],
    target: Target,
    stage: StageAccount,
    ownsStage: boolean,
    records?: SourceRecords,
  ): Segment {
    const receiver = target.receive(stage)
    pull.feeds?.(receiver)
    const segment = new Segment({ pull, operators, receiver, env: this.#env, stage, ownsStage, records })
    if (target.fused !== undefined) stage.operators = [...stage.operators, { name: target.fused, ms: 0 }]
    this.#parts.addSegment(segment)
    if (target.stage !== undefined && target.stage !== stage) {
      this.#env.edge(new DirectEdge(stage, target.stage, () => segment.spent(), segment, segment))
    }
    target.attach(segment)
    return segment
  }
}
