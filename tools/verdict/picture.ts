import type { EdgeSnapshot, GateSnapshot, Snapshot, StageSnapshot } from '../../packages/forebay/src/kernel/snapshot.ts'
import type { Simulation } from './simulation.ts'
import type { EdgeState, StageState } from './stage-state.ts'

/**
 * What a real run would show of itself. Stage `i` has the id `sim:i`, its gate `sim:gi`, edge `i` the id `sim:ei`.
 * `readyIsBusy`: how the time is counted that a synchronous stage with an item waits for the event loop.
 */
export function picture(simulation: Simulation, readyIsBusy = true): Snapshot {
  const { now, stages, edges, loopActiveMs } = simulation
  const hasLoop = stages.some(({ model }) => model.sync === true || model.loopMs !== undefined)
  return {
    version: 1,
    flow: 'simulated',
    run: 'sim',
    at: now,
    wall: now,
    state: 'running',
    loop: { activeMs: loopActiveMs, idleMs: hasLoop ? now - loopActiveMs : 0, maxDelayMs: 0 },
    stages: stages.map((stage, index) => stagePicture(stage, index, now, readyIsBusy)),
    edges: edges.map((edge, index) => edgePicture(edge, index, (stages[edge.model.from] as StageState).model.slots)),
    gates: stages.flatMap(gatePicture),
    ledger: { carriedIn: 0, in: 0, out: 0, dropped: {}, deadLettered: 0, inFlight: 0, carriedOut: 0 },
    balanced: true,
    memory: { heldBytes: 0, budgetBytes: 0 },
  }
}

function stagePicture(stage: StageState, index: number, now: number, readyIsBusy: boolean): StageSnapshot {
  const { model } = stage
  const spent = stage.ms.map((ms, state) => ms + (stage.slotsIn[state] as number) * now)
  const [busy, blocked, starved, gated, outside, ready] = spent as [number, number, number, number, number, number]
  return {
    id: `sim:${index}`,
    name: model.name,
    kind: model.source ?? (stage.outputs.length === 0 ? 'sink' : 'map'),
    operators: [{ name: model.name, share: 1 }],
    slots: model.slots,
    sync: model.sync ?? false,
    busyMs: busy + (readyIsBusy ? ready : 0),
    blockedMs: blocked,
    starvedMs: starved + outside + (readyIsBusy ? 0 : ready),
    gatedMs: gated,
    cpuMs: stage.cpuMs,
    in: stage.in,
    settled: stage.settled,
    failed: 0,
    discarded: {},
    inFlight: stage.in - stage.settled,
    emitted: stage.emitted,
    retried: 0,
    service: { bounds: [], counts: [stage.settled], sum: 0 },
    gates: model.gate === undefined ? [] : [`sim:g${index}`],
  }
}

function edgePicture(edge: EdgeState, index: number, slots: number): EdgeSnapshot {
  const { model } = edge
  return {
    id: `sim:e${index}`,
    name: `e${index}`,
    from: `sim:${model.from}`,
    to: `sim:${model.to}`,
    policy: model.lossy ? 'drop-newest' : 'backpressure',
    durable: false,
    length: edge.length,
    capacity: model.capacity,
    bytes: 0,
    capacityBytes: 0,
    credit: model.capacity - edge.length,
    put: edge.put,
    taken: edge.taken,
    dropped: edge.dropped > 0 ? { 'drop-newest': edge.dropped } : {},
    oldestMs: 0,
    blockedMs: edge.waitedMs / slots,
  }
}

function gatePicture({ model, inUse, gated, admitted }: StageState, index: number): GateSnapshot[] {
  const { gate } = model
  if (gate === undefined) return []
  return [
    {
      id: `sim:g${index}`,
      kind: gate.kind,
      name: `${model.name}-gate`,
      state: gated > 0 ? 'full' : 'free',
      limit: gate.limit,
      unit: gate.kind === 'rate' ? 'permits/s' : 'permits',
      inUse,
      waiting: gated,
      oldestWaitMs: 0,
      credit: gated > 0 ? 0 : 1,
      retryAfterMs: 0,
      admitted,
      zombies: 0,
      sheds: {},
    },
  ]
}
