import type { Gate } from './gate.ts'
import type { Graph } from './graph.ts'
import type { RunEnvironment, RunningEdge } from './run-environment.ts'
import { SNAPSHOT_VERSION, type FlowLedger, type Snapshot, type StageSnapshot } from './snapshot.ts'
import type { StageAccount } from './stage-account.ts'
import { isBalanced } from './totals.ts'

interface Inspected {
  readonly env: RunEnvironment
  readonly flow: string
  readonly state: Snapshot['state']
  readonly stages: ReadonlySet<StageAccount>
  readonly edges: ReadonlyMap<RunningEdge, string>
  readonly gates: ReadonlyMap<Gate, string>
  readonly graph: Graph | undefined
  readonly simple: boolean
}

/** Takes the picture of a run. Reads counters; changes nothing and stops nothing. */
export function inspectRun(inspected: Inspected): Snapshot {
  const { env } = inspected
  const stages = [...inspected.stages].map((stage) => stage.inspect())
  const edges = [...inspected.edges].map(([edge, id]) => edge.inspect(id))
  const ledger = ledgerOf(inspected, stages)
  return {
    version: SNAPSHOT_VERSION,
    flow: inspected.flow,
    run: env.run,
    at: env.clock.now(),
    wall: env.clock.wall(),
    state: inspected.state,
    loop: { ...(env.clock.utilisation?.() ?? { activeMs: 0, idleMs: 0 }), maxDelayMs: env.loop.maxDelayMs },
    stages,
    edges,
    gates: [...inspected.gates].map(([gate, id]) => ({ id, ...gate.inspect() })),
    ledger,
    balanced:
      isBalanced(ledger) &&
      [...inspected.edges.keys()].every((edge) => edge.isBalanced()) &&
      [...inspected.stages].every(isStageBalanced),
    memory: env.memory.inspect(),
  }
}

/** Nothing may be settled that never came, unless it was made there. */
function isStageBalanced(stage: StageAccount): boolean {
  return (stage.settled >= 0 || stage.makesItems) && stage.inFlight >= 0
}

function ledgerOf(inspected: Inspected, stages: readonly StageSnapshot[]): FlowLedger {
  const { env, graph } = inspected
  const { totals } = env
  const over = inspected.state !== 'running' && inspected.state !== 'draining'
  const stored = graph?.durables.reduce((sum, durable) => sum + durable.length, 0) ?? 0
  if (totals.lineage) {
    const redriven = graph?.durables.reduce((sum, durable) => sum + durable.redriven, 0) ?? 0
    return totals.ledger({
      redriven,
      out: 0,
      inFlight: totals.open + (over ? 0 : stored),
      carriedOut: over ? stored : 0,
      deadLettered: 0,
    })
  }
  const counted = countItems(inspected, stages)
  return {
    ...totals.ledger({ out: counted.out, inFlight: counted.inFlight, carriedOut: 0, deadLettered: 0, redriven: 0 }),
    ...counted.ends,
  }
}

/** Where one item is one record: what the sinks took, what filters consumed, what is held. */
function countItems(
  inspected: Inspected,
  stages: readonly StageSnapshot[],
): { out: number; inFlight: number; ends: { in: number; dropped: Record<string, number> } } {
  const { totals } = inspected.env
  let entered = 0
  let out = 0
  let inFlight = [...inspected.edges.keys()].reduce((sum, edge) => sum + edge.length, 0)
  let failed = 0
  for (const stage of stages) {
    if (stage.kind === 'source' || stage.kind === 'firehose') entered += stage.in
    inFlight += stage.inFlight
    failed += stage.failed
    if (stage.kind === 'sink') out += stage.settled
    else out += stage.settled - stage.emitted
  }
  for (const { stage, node } of inspected.graph?.sinks ?? []) {
    // A fused sink is part of its segment: what that hands on is out.
    if (node.fused && !inspected.simple) out += stage.emitted
  }
  const dropped = { ...totals.dropped }
  if (failed > 0) dropped['failed'] = (dropped['failed'] ?? 0) + failed
  if (inspected.simple) {
    // Several items that are held may have been one record, or none.
    const rest = entered - Object.values(dropped).reduce((sum, count) => sum + count, 0)
    inFlight = Math.max(0, Math.min(inFlight, rest))
    out = rest - inFlight
  }
  return { out, inFlight, ends: { in: entered, dropped } }
}
