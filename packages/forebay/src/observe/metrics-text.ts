import { checkInteger } from '../kernel/check.ts'
import type { EdgeSnapshot, Snapshot, StageSnapshot } from '../kernel/snapshot.ts'
import { Exposition, labelValue, type Labels } from './exposition.ts'
import { writeGate } from './gates/gate-metrics.ts'
import type { ScaleReport } from './scale-report.ts'
import { addBounded, byReason, unique } from './series.ts'

/** The `Content-Type` of {@link metricsText}. */
export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8'

export interface MetricsOptions {
  /** Most samples written, whatever the flows look like; default 10,000. How many were left out is a metric itself. */
  maxSeries?: number
  /** What an autoscaler is told of a flow: the `scale` of a sampler. Left out: nothing is written about replicas. */
  scale?: (flow: string) => ScaleReport | undefined
}

/**
 * Writes snapshots in the Prometheus text format 0.0.4. Times are seconds, counters end in `_total`, names begin with
 * `forebay_`. Labels are names, never ids that change with every run: two flows of one name are told apart by a
 * `run` label, two stages of one name by a number. Throws `RangeError` for a `maxSeries` that makes no sense.
 */
export function metricsText(snapshots: readonly Snapshot[], options: MetricsOptions = {}): string {
  const out = new Exposition(checkInteger('maxSeries', options.maxSeries ?? 10_000, 1))
  const flows = snapshots.map(({ flow }) => flow)
  for (const [index, snapshot] of snapshots.entries()) {
    const isAlone = flows.indexOf(snapshot.flow) === flows.lastIndexOf(snapshot.flow)
    const labels = { flow: labelValue(snapshot.flow), ...(!isAlone && { run: labelValue(snapshot.run) }) }
    writeFlow(out, labels, snapshot)
    const report = flows.indexOf(snapshot.flow) === index ? options.scale?.(snapshot.flow) : undefined
    if (report !== undefined) writeReplicas(out, { flow: labelValue(snapshot.flow) }, report)
    const stages = unique(snapshot.stages)
    for (const stage of snapshot.stages) writeStage(out, { ...labels, stage: stages.get(stage) as string }, stage)
    const edges = unique(snapshot.edges)
    for (const edge of snapshot.edges) writeEdge(out, { ...labels, edge: edges.get(edge) as string }, edge)
    const gates = unique(snapshot.gates)
    for (const gate of snapshot.gates) writeGate(out, { ...labels, gate: gates.get(gate) as string }, gate)
  }
  const { leftOut } = out
  // Written apart: it has to be there just when there is no room.
  const last = new Exposition(1)
  last.add('gauge', 'forebay_metrics_left_out', 'Samples that did not fit into this text.', {}, leftOut)
  return `${out.toString()}${last.toString()}`
}

function writeFlow(out: Exposition, labels: Labels, { ledger, balanced, loop, memory, state }: Snapshot): void {
  const isRunning = state === 'running' || state === 'draining'
  out.add('gauge', 'forebay_flow_running', 'Whether the flow runs or drains.', labels, isRunning ? 1 : 0)
  out.add('counter', 'forebay_flow_in_total', 'Source records taken in.', labels, ledger.in)
  out.add('counter', 'forebay_flow_out_total', 'Source records that reached a sink.', labels, ledger.out)
  out.add('counter', 'forebay_flow_dead_lettered_total', 'Source records given up.', labels, ledger.deadLettered)
  out.add('gauge', 'forebay_flow_in_flight', 'Source records not accounted for yet.', labels, ledger.inFlight)
  out.add('gauge', 'forebay_flow_carried_in', 'Records that durable edges held at the start.', labels, ledger.carriedIn)
  byReason(out, 'forebay_flow_dropped_total', 'Source records dropped.', labels, ledger.dropped)
  out.add('gauge', 'forebay_flow_balanced', 'Whether every account balances.', labels, balanced ? 1 : 0)
  const loopHelp = 'Time of the event loop by state.'
  out.add('counter', 'forebay_loop_seconds_total', loopHelp, { ...labels, state: 'active' }, loop.activeMs / 1000)
  out.add('counter', 'forebay_loop_seconds_total', loopHelp, { ...labels, state: 'idle' }, loop.idleMs / 1000)
  out.add('gauge', 'forebay_loop_delay_max_seconds', 'Longest timer delay.', labels, loop.maxDelayMs / 1000)
  out.add('gauge', 'forebay_memory_held_bytes', 'Bytes held by edges.', labels, memory.heldBytes)
  out.add('gauge', 'forebay_memory_budget_bytes', 'Bytes edges may hold; 0: none set.', labels, memory.budgetBytes)
}

/** What a flow of several runs needs is said once. */
function writeReplicas(out: Exposition, labels: Labels, { value, wouldHelp }: ScaleReport): void {
  const help = 'Replicas needed, as a share of those that there are.'
  out.add('gauge', 'forebay_flow_replicas_wanted_ratio', help, labels, value / 100)
  out.add('gauge', 'forebay_flow_scale_helps', 'Whether more replicas would help.', labels, wouldHelp ? 1 : 0)
}

function writeScale(out: Exposition, labels: Labels, scale: NonNullable<StageSnapshot['scale']>): void {
  out.add('gauge', 'forebay_stage_slots_min', 'Fewest slots of a stage that follows the load.', labels, scale.min)
  out.add('gauge', 'forebay_stage_slots_max', 'Most slots of a stage that follows the load.', labels, scale.max)
  const help = 'Slots needed, as a share of those that it has.'
  out.add('gauge', 'forebay_stage_slots_wanted_ratio', help, labels, scale.pressure)
  out.add('gauge', 'forebay_stage_scale_helps', 'Whether more slots would help.', labels, scale.wouldHelp ? 1 : 0)
}

function writeStage(out: Exposition, labels: Labels, stage: StageSnapshot): void {
  const states = { busy: stage.busyMs, blocked: stage.blockedMs, starved: stage.starvedMs, gated: stage.gatedMs }
  for (const [state, ms] of Object.entries(states)) {
    out.add('counter', 'forebay_stage_seconds_total', 'Slot time by state.', { ...labels, state }, ms / 1000)
  }
  out.add('counter', 'forebay_stage_cpu_seconds_total', 'Sampled loop time.', labels, stage.cpuMs / 1000)
  out.add('gauge', 'forebay_stage_slots', 'Items a stage may work on at once.', labels, stage.slots)
  if (stage.scale !== undefined) writeScale(out, labels, stage.scale)
  out.add('gauge', 'forebay_stage_in_flight', 'Items a stage works on.', labels, stage.inFlight)
  out.add('counter', 'forebay_stage_in_total', 'Items taken.', labels, stage.in)
  out.add('counter', 'forebay_stage_settled_total', 'Items whose work ended well.', labels, stage.settled)
  const failedHelp = 'Items whose work failed, by what onError did.'
  const { error = 0, 'dead-letter': deadLettered = 0, ...discarded } = stage.discarded
  for (const [onError, count] of Object.entries({ stop: stage.failed, resume: error, 'dead-letter': deadLettered })) {
    out.add('counter', 'forebay_stage_failed_total', failedHelp, { ...labels, on_error: onError }, count)
  }
  if (stage.rung !== undefined) {
    out.add('gauge', 'forebay_stage_rung', 'How far it degrades; 0: not at all.', labels, stage.rung.index)
    out.add('counter', 'forebay_stage_rung_changes_total', 'Changes of rung.', labels, stage.rung.changes)
  }
  out.add('counter', 'forebay_stage_emitted_total', 'Items handed on.', labels, stage.emitted)
  out.add('counter', 'forebay_stage_retried_total', 'Attempts after the first.', labels, stage.retried)
  byReason(
    out,
    'forebay_stage_discarded_total',
    'Items discarded, those whose work failed left out.',
    labels,
    discarded,
  )
  const { bounds, counts, sum } = stage.service
  const seconds = { bounds: bounds.map((bound) => bound / 1000), counts, sum: sum / 1000 }
  if (counts.length > 0) out.addHistogram('forebay_stage_service_seconds', 'Time of work per item.', labels, seconds)
}

function writeEdge(out: Exposition, labels: Labels, edge: EdgeSnapshot): void {
  out.add('gauge', 'forebay_edge_length', 'Items held.', labels, edge.length)
  out.add('gauge', 'forebay_edge_capacity', 'Items it may hold; 0: a hand-over.', labels, edge.capacity)
  out.add('gauge', 'forebay_edge_bytes', 'Bytes held.', labels, edge.bytes)
  out.add('gauge', 'forebay_edge_capacity_bytes', 'Bytes it may hold; 0: items only.', labels, edge.capacityBytes)
  addBounded(out, 'forebay_edge_credit', 'Items its producer may still send.', labels, edge.credit)
  out.add('gauge', 'forebay_edge_oldest_seconds', 'Age of the oldest item.', labels, edge.oldestMs / 1000)
  out.add('counter', 'forebay_edge_put_total', 'Items offered.', labels, edge.put)
  out.add('counter', 'forebay_edge_taken_total', 'Items taken out.', labels, edge.taken)
  out.add('counter', 'forebay_edge_blocked_seconds_total', 'Its producer waited.', labels, edge.blockedMs / 1000)
  const dropLabels = { ...labels, policy: edge.policy }
  byReason(out, 'forebay_edge_dropped_total', 'Items dropped.', dropLabels, edge.dropped)
}
