import type { EdgeSnapshot, GateSnapshot, Snapshot, StageSnapshot } from '../../src/kernel/snapshot.ts'

/** What a stage does in the window: shares of its slot time, and items per second. The rest of the time it starves. */
export interface StageSketch {
  busy?: number
  blocked?: number
  gated?: number
  rate?: number
  slots?: number
  sync?: boolean
  /** Share of the event loop. */
  cpu?: number
  operators?: Record<string, number>
  gates?: string[]
  failed?: number
  kind?: string
}

/** What an edge does in the window. `drops` is per second; what is not said is calm. */
export interface EdgeSketch {
  blocked?: number
  rate?: number
  drops?: number
  length?: number
  lengthBefore?: number
  capacity?: number
  policy?: EdgeSnapshot['policy']
  durable?: boolean
  oldestMs?: number
}

export interface FlowSketch {
  windowMs?: number
  stages: Record<string, StageSketch>
  /** By `from>to`. */
  edges: Record<string, EdgeSketch>
  gates?: Record<string, Partial<GateSnapshot>>
  /** Share of the window in which the event loop is busy; absent: nobody knows. */
  loop?: number
  state?: Snapshot['state']
  over?: Partial<Snapshot>
}

const start = 5000

/** Two snapshots of a flow, `windowMs` (10 s) apart, in which it did what the sketch says. Ids are `run:name`. */
export function snapshotPair(sketch: FlowSketch): [Snapshot, Snapshot] {
  const windowMs = sketch.windowMs ?? 10_000
  return [snapshotAt(sketch, 0, start), snapshotAt(sketch, windowMs, start + windowMs)]
}

/** The flow of the sketch after it has done the same for `ms`. */
export function snapshotAt(sketch: FlowSketch, ms: number, at: number = start + ms): Snapshot {
  const stages = Object.entries(sketch.stages).map(([name, stage]) => stageAt(name, stage, ms))
  const edges = Object.entries(sketch.edges).map(([name, edge]) => edgeAt(name, edge, ms))
  return {
    version: 1,
    flow: 'flow',
    run: 'run',
    at,
    wall: 1_767_225_600_000 + at,
    state: sketch.state ?? 'running',
    loop: {
      activeMs: ms * (sketch.loop ?? 0),
      idleMs: sketch.loop === undefined ? 0 : ms * (1 - sketch.loop),
      maxDelayMs: 0,
    },
    stages,
    edges,
    gates: Object.entries(sketch.gates ?? {}).map(([name, gate]) => gateAt(name, gate)),
    ledger: { carriedIn: 0, in: 0, out: 0, dropped: {}, deadLettered: 0, inFlight: 0, carriedOut: 0 },
    balanced: true,
    memory: { heldBytes: 0, budgetBytes: 0 },
    ...sketch.over,
  }
}

function stageAt(name: string, sketch: StageSketch, ms: number): StageSnapshot {
  const { busy = 0, blocked = 0, gated = 0, rate = 100, slots = 1, failed = 0 } = sketch
  const done = Math.round((rate * ms) / 1000)
  return {
    id: `run:${name}`,
    name,
    kind: sketch.kind ?? 'map',
    operators: Object.entries(sketch.operators ?? {}).map(([operator, share]) => ({ name: operator, share })),
    slots,
    sync: sketch.sync ?? false,
    busyMs: busy * slots * ms,
    blockedMs: blocked * slots * ms,
    gatedMs: gated * slots * ms,
    starvedMs: Math.max(0, 1 - busy - blocked - gated) * slots * ms,
    cpuMs: (sketch.cpu ?? 0) * ms,
    in: done,
    settled: done - failed,
    failed,
    discarded: {},
    inFlight: 0,
    emitted: done - failed,
    retried: 0,
    service: { bounds: [1, 10, 100], counts: [done, 0, 0, 0], sum: done },
    gates: (sketch.gates ?? []).map((gate) => `run:${gate}`),
  }
}

function edgeAt(name: string, sketch: EdgeSketch, ms: number): EdgeSnapshot {
  const [from, to] = name.split('>') as [string, string]
  const { blocked = 0, rate = 100, drops = 0, length = 0, lengthBefore = length } = sketch
  const put = Math.round((rate * ms) / 1000)
  const dropped = Math.round((drops * ms) / 1000)
  const held = ms === 0 ? lengthBefore : length
  return {
    id: `run:${name}`,
    name,
    from: `run:${from}`,
    to: `run:${to}`,
    policy: sketch.policy ?? 'backpressure',
    durable: sketch.durable ?? false,
    length: held,
    capacity: sketch.capacity ?? 64,
    bytes: 0,
    capacityBytes: 0,
    credit: 0,
    put: put + lengthBefore,
    taken: put + lengthBefore - dropped - held,
    dropped: dropped > 0 ? { [sketch.policy ?? 'backpressure']: dropped } : {},
    oldestMs: sketch.oldestMs ?? 0,
    blockedMs: blocked * ms,
  }
}

function gateAt(name: string, gate: Partial<GateSnapshot>): GateSnapshot {
  return {
    id: `run:${name}`,
    kind: 'limit',
    name,
    state: 'free',
    limit: 4,
    unit: 'permits',
    inUse: 0,
    waiting: 0,
    oldestWaitMs: 0,
    credit: 0,
    retryAfterMs: 0,
    admitted: 0,
    zombies: 0,
    sheds: {},
    ...gate,
  }
}
