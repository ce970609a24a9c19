import type { BoundedEdge } from './bounded-edge.ts'
import type { EdgeOptions } from './edge-options.ts'
import type { Context } from './context.ts'
import type { DurableOptions } from './durable.ts'
import type { Cardinality, Operator } from './operator.ts'
import type { Overflow } from './overflow.ts'
import type { Pull, Receiver, Upstream } from './receiver.ts'
import type { RunEnvironment } from './run-environment.ts'
import type { StageAccount } from './stage-account.ts'

/**
 * A plan is an immutable graph of these nodes, each pointing at its inputs. Nothing runs and nothing is
 * shared between runs: a node only says how to make its running half. `run`, `explain` and the console
 * read the same nodes; a layer above adds operators by adding nodes, never by changing the kernel.
 */
export type PlanNode =
  | SourceNode
  | FirehoseNode
  | OperatorNode
  | EdgeNode
  | DurableNode
  | JunctionNode
  | OutletNode
  | SinkNode

interface Common {
  readonly name: string
  /** Where it was written, when known. */
  readonly site?: string | undefined
}

/** Where items come from, pulled. `slow` sources wait for something outside (I/O), so they cost the loop nothing while they do. */
export interface SourceNode extends Common {
  readonly type: 'source'
  /** Items, and bytes, that it may hold ahead of its consumer; default 0 items, bytes unknown. */
  readonly bound?: number
  readonly boundBytes?: number
  readonly create: (env: RunEnvironment, stage: StageAccount) => Pull
}

/** A source that cannot be slowed. Its only consumer is an edge with a policy. */
export interface FirehoseNode extends Common {
  readonly type: 'firehose'
  /** Starts it; returns the way to stop. `emit` tells what became of the item. */
  readonly start: (
    emit: BoundedEdge['offer'],
    end: (error?: { error: unknown }) => void,
    env: RunEnvironment,
  ) => () => void
}

export interface OperatorNode extends Common {
  readonly type: 'operator'
  readonly input: PlanNode
  readonly operator: Operator
}

export interface EdgeNode extends Common {
  readonly type: 'edge'
  readonly input: PlanNode
  readonly options: EdgeOptions
}

export interface DurableNode extends Common {
  readonly type: 'durable'
  readonly input: PlanNode | undefined
  readonly options: DurableOptions
  readonly codec: { encode(value: unknown): Uint8Array; decode(bytes: Uint8Array): unknown } | undefined
}

/** A stage of its own, with one or more inputs and one or more outputs. */
export interface JunctionNode extends Common {
  readonly type: 'junction'
  readonly kind: string
  readonly inputs: readonly PlanNode[]
  /** Items an input may have sent ahead, per input: what it buffers inside. */
  readonly bound: number
  readonly cardinality: Cardinality
  /** Several of its items may have the same lease, as with operators. */
  readonly bulk?: true
  readonly slots: number
  /** True when its work runs on the event loop itself. */
  readonly sync: boolean
  /** Which items it may lose on purpose, in words; nothing when it loses none. */
  readonly loses?: string
  /** It does something with a failure of an input other than to hand it on. */
  readonly catches?: boolean
  /** What `explain` says of it; default: it waits when it is full, holds work in flight, and runs no flows of its own. */
  readonly explains?: JunctionExplained
  readonly create: (env: RunEnvironment, stage: StageAccount, graft: Graft) => Junction
}

/** What is known of a junction beside what it holds. */
export interface JunctionExplained {
  readonly policy?: Overflow
  readonly note?: string
  /** Flows of its own that it may run at once, made while it runs. */
  readonly inner?: number
}

/**
 * Builds what feeds `receiver` inside a running flow, for a junction that learns of an input late. It is cancelled with
 * the run, and its sources are stopped when the run drains. With `enter` it is work on an item instead: it is not cut
 * short by a drain, and what its sources hand over are no records of their own but have the contexts that `enter` gives
 * them. Throws what a run would refuse, such as a durable edge without its store.
 */
export type Graft = (input: PlanNode, receiver: Receiver, attach: (upstream: Upstream) => void, enter?: Enter) => Forget

/** A source hands over an item with `context`, or so many without one: returns the context to send with each. */
export type Enter = (context: Context | undefined, items?: number) => Context | undefined

/** `receiver` has had its end, or was cancelled: the run need not know these parts any more. */
export type Forget = () => void

/** The n-th output of a junction with several. A junction with one output is its own outlet. */
export interface OutletNode extends Common {
  readonly type: 'outlet'
  readonly of: JunctionNode
  readonly index: number
}

export interface SinkNode extends Common {
  readonly type: 'sink'
  readonly input: PlanNode
  readonly bound: number
  readonly slots: number
  /** What its stage is; default `sink`. */
  readonly kind?: string
  /** True when it only folds values and never waits: it becomes part of the segment above it. */
  readonly fused: boolean
  readonly create: (env: RunEnvironment, stage: StageAccount) => Sink
}

/** The running half of a junction. */
export interface Junction {
  /** The input side for the n-th input, and what it is told about its producer. */
  receiver(input: number): Receiver
  attach(input: number, upstream: Upstream): void
  /** The output side for the n-th output. */
  pull(output: number): Pull
  /** All inputs and outputs are in place: grant the first credit. */
  open(): void
  /** The run drains, and the sources above have been stopped: for a junction that opens sources by itself. May come after its end. */
  stop?(): void
}

/** The running half of a sink. */
export interface Sink extends Receiver {
  attach(upstream: Upstream): void
  open(): void
  /** Settles when the sink is over. */
  readonly result: Promise<unknown>
}

/** A plan that ends in sinks and can be run. */
export interface Plan {
  readonly name: string
  readonly sinks: readonly SinkNode[]
  /** The result of a run, from those of its sinks in order; default: the only one, or all of them. */
  readonly result?: (results: readonly unknown[]) => unknown
}

export function inputsOf(node: PlanNode): readonly PlanNode[] {
  switch (node.type) {
    case 'source':
    case 'firehose':
      return []
    case 'junction':
      return node.inputs
    case 'outlet':
      return [node.of]
    case 'durable':
      return node.input === undefined ? [] : [node.input]
    default:
      return [node.input]
  }
}

/** Every node of a plan once, inputs before what they feed. */
export function nodesOf(plan: Plan): PlanNode[] {
  const seen = new Set<PlanNode>()
  const visit = (node: PlanNode): void => {
    if (seen.has(node)) return
    for (const input of inputsOf(node)) visit(input)
    seen.add(node)
  }
  for (const sink of plan.sinks) visit(sink)
  return [...seen]
}
