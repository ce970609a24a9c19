import { seededRandom } from 'forebay/testkit'
import type { EdgeSnapshot, GateInspection, GateSnapshot, Snapshot, StageSnapshot } from 'forebay/observe'
import { bounds, SimulatedStage, stepMs } from './simulated-stage.ts'

const cycleMs = 30_000

/** The phase of the scripted incident at `ms` of the run. */
export function phaseAt(ms: number): 'calm' | 'slow' | 'open' | 'half-open' {
  const into = ms % cycleMs
  if (into < 14_000 || into >= 26_000) return 'calm'
  if (into >= 22_000 && into < 24_000) return 'open'
  return into >= 24_000 && into < 25_000 ? 'half-open' : 'slow'
}

/** A fluid model of the flights flow: numbers that hang together, not items. Test code only. */
export class FlightsSimulation {
  readonly #run: string
  readonly #random = seededRandom(7)
  readonly #stages = {
    door: new SimulatedStage(1),
    enrich: new SimulatedStage(8),
    batch: new SimulatedStage(1),
    sink: new SimulatedStage(2),
    live: new SimulatedStage(1),
    dead: new SimulatedStage(1),
  }
  readonly #edges = {
    inbox: emptyEdge(),
    joined: emptyEdge(),
    rows: emptyEdge(),
    map: emptyEdge(),
    poison: emptyEdge(),
  }
  #ms = 0
  #active = 0
  #admitted = 0
  #inUse = 0
  #refused = 0
  #poison = 0

  constructor(run: string) {
    this.#run = run
  }

  get ms(): number {
    return this.#ms
  }

  advance(ms: number): void {
    for (let done = 0; done < ms; done += stepMs) this.#step()
  }

  #step(): void {
    const { door, enrich, batch, sink, live } = this.#stages
    const { inbox, joined, rows, map } = this.#edges
    const phase = phaseAt(this.#ms)
    const wave = 1 + 0.12 * Math.sin(this.#ms / 2300) + 0.08 * (this.#random.next() - 0.5)

    const offered = Math.round(2100 * wave * (stepMs / 1000))
    const accepted = Math.min(offered, 8192 - inbox.held)
    const blocked = 1 - accepted / offered
    move(inbox, accepted, 0)
    door.received += accepted
    door.sent += accepted
    door.serve(accepted, 0.4)
    door.spend(0.31 * (1 - blocked), blocked)
    inbox.blocked += blocked * stepMs

    const serviceMs = phase === 'calm' ? 2.6 : 2.6 * 8
    const slots = phase === 'open' ? 0 : phase === 'half-open' ? 2 : 8
    const capacity = Math.round((slots * stepMs) / serviceMs)
    const done = Math.min(inbox.held, capacity, 64 - joined.held + 2000)
    const poisoned = this.#ms % 5000 === 0 && done > 0 ? 1 : 0
    move(inbox, 0, done)
    move(joined, done - poisoned, 0)
    enrich.received += done
    enrich.sent += done - poisoned
    enrich.serve(done, serviceMs)
    enrich.inFlight = done > 0 ? Math.min(slots, Math.ceil((done * serviceMs) / stepMs)) : 0
    enrich.spend((done * serviceMs) / stepMs / 8, 0, (8 - slots) / 8)
    this.#admitted += done
    this.#inUse = enrich.inFlight
    if (phase === 'open') this.#refused += 6

    this.#poison += poisoned
    enrich.failed = this.#poison
    this.#edges.poison.put =
      this.#edges.poison.taken =
      this.#stages.dead.received =
      this.#stages.dead.sent =
        this.#poison
    this.#stages.dead.spend(0, 0)

    const batched = Math.max(0, joined.held - 20 + Math.round(this.#random.next() * 12))
    move(joined, 0, batched)
    batch.received += batched
    batch.sent = Math.floor(batch.received / 500)
    batch.inFlight = batch.received % 500
    batch.serve(batched > 0 ? 1 : 0, 180)
    batch.spend(batched / 900, 0)
    const full = batch.sent - rows.put
    move(rows, full, 0)
    const stored = rows.held > 0 && this.#random.next() < 0.7 ? 1 : 0
    move(rows, 0, stored)
    sink.received = sink.sent = rows.taken * 500
    sink.serve(stored, 34)
    sink.spend(stored * 0.36, 0)

    const shown = Math.min(map.held, 52)
    const fresh = done - poisoned
    const overflow = Math.max(0, map.held - shown + fresh - 256)
    map.put += fresh
    map.taken += shown
    map.dropped += overflow
    map.held += fresh - shown - overflow
    live.received = live.sent = map.taken
    live.serve(shown, 0.8)
    live.spend(shown / 58, 0)

    age(inbox, 2100)
    age(joined, 2100)
    age(rows, 4)
    age(map, 1000)
    this.#active += stepMs * (0.2 + 0.1 * this.#random.next() + done / 900)
    this.#ms += stepMs
  }

  snapshot(wall: number): Snapshot {
    const { door, enrich, batch, sink, live, dead } = this.#stages
    const { inbox, joined, rows, map, poison } = this.#edges
    // The same in every phase: a look at it need not hit the incident.
    const reason = 'enrich works 100 % of the time, 75 % is the target'
    const scale = { min: 2, max: 16, pressure: 1.33, wouldHelp: true, reason }
    const rung = { name: 'every tenth', index: 1, of: 3, changes: 5 }
    const share = {
      name: 'flights',
      budget: 'memory',
      budgetHeldBytes: 58_720_256,
      waiting: 1,
      waitedMs: 1250,
      largest: { name: 'clicks', heldBytes: 44_040_192 },
    }
    const inFlight = inbox.held + joined.held + batch.inFlight + rows.held * 500
    return {
      version: 1,
      flow: 'flights',
      run: this.#run,
      at: this.#ms,
      wall,
      state: 'running',
      loop: { activeMs: this.#active, idleMs: this.#ms - this.#active, maxDelayMs: 11.4 },
      stages: [
        this.#stage(0, 'door', 'source', door, ['read lines', 'parse', 'check'], [0.31, 0.57, 0.12]),
        { ...this.#stage(1, 'enrich', 'mapAsync', enrich, ['enrich'], [1], [`${this.#run}:g0`]), scale },
        this.#stage(2, 'batch', 'batch', batch, ['measure', 'batch'], [0.62, 0.38]),
        this.#stage(3, 'sink', 'sink', sink, ['insert rows'], [1]),
        { ...this.#stage(4, 'live map', 'sink', live, ['project', 'render'], [0.2, 0.8]), rung },
        this.#stage(5, 'dead letters', 'sink', dead, ['put'], [1]),
      ],
      edges: [
        this.#edge(0, 'inbox', 0, 1, inbox, 8192, 'backpressure', true),
        this.#edge(1, 'joined', 1, 2, joined, 1024, 'backpressure'),
        this.#edge(2, 'rows', 2, 3, rows, 4, 'backpressure'),
        this.#edge(3, 'map', 1, 4, map, 256, 'drop-oldest'),
        this.#edge(4, 'poison', 1, 5, poison, 64, 'backpressure'),
      ],
      gates: [this.#gate()],
      ledger: {
        carriedIn: 0,
        in: door.received,
        out: sink.sent,
        dropped: {},
        deadLettered: this.#poison,
        inFlight: door.received - sink.sent - this.#poison,
        carriedOut: 0,
      },
      balanced: true,
      memory: { heldBytes: 9_400_000 + inFlight * 420, budgetBytes: 134_217_728, share },
    }
  }

  #stage(
    n: number,
    name: string,
    kind: string,
    stage: SimulatedStage,
    operators: string[],
    shares: number[],
    gates: string[] = [],
  ): StageSnapshot {
    return {
      id: `${this.#run}:s${n}`,
      name,
      kind,
      operators: operators.map((operator, i) => ({ name: operator, share: shares[i]! })),
      slots: stage.slots,
      sync: kind !== 'mapAsync',
      busyMs: stage.busy,
      blockedMs: stage.blocked,
      starvedMs: stage.starved,
      gatedMs: stage.gated,
      cpuMs: stage.busy * 0.2,
      in: stage.received,
      settled: stage.received - stage.failed - stage.inFlight,
      failed: stage.failed,
      discarded: {},
      inFlight: stage.inFlight,
      emitted: stage.sent,
      retried: stage.failed * 3,
      service: { bounds, counts: [...stage.counts], sum: stage.sum },
      gates,
      site: `examples/flights/flow.ts:${20 + n * 6}:4`,
    }
  }

  #edge(
    n: number,
    name: string,
    from: number,
    to: number,
    edge: Edge,
    capacity: number,
    policy: EdgeSnapshot['policy'],
    durable = false,
  ): EdgeSnapshot {
    return {
      id: `${this.#run}:e${n}`,
      name,
      from: `${this.#run}:s${from}`,
      to: `${this.#run}:s${to}`,
      policy,
      durable,
      length: edge.held,
      capacity,
      bytes: edge.held * 420,
      capacityBytes: durable ? 64 * 1024 * 1024 : 0,
      credit: capacity - edge.held,
      put: edge.put,
      taken: edge.taken,
      dropped: edge.dropped > 0 ? { 'drop-oldest': edge.dropped } : {},
      oldestMs: edge.oldest,
      blockedMs: edge.blocked,
    }
  }

  #gate(): GateSnapshot {
    const phase = phaseAt(this.#ms)
    const sheds: Record<string, number> = this.#refused > 0 ? { open: this.#refused } : {}
    const shared = { oldestWaitMs: 0, zombies: 0, admitted: this.#admitted, waiting: 0 }
    const limit: GateInspection = {
      ...shared,
      kind: 'limit',
      name: 'slots',
      state: this.#inUse >= 8 ? 'full' : 'free',
      limit: 8,
      unit: 'permits',
      inUse: this.#inUse,
      credit: 8 - this.#inUse,
      retryAfterMs: 0,
      sheds: {},
    }
    const rate: GateInspection = {
      ...limit,
      kind: 'rate',
      name: 'pace',
      state: 'free',
      limit: 4000,
      unit: 'permits/s',
      inUse: 0,
      credit: 120,
    }
    const breaker: GateInspection = {
      ...limit,
      kind: 'breaker',
      name: 'airports',
      state: phase === 'open' ? 'open' : phase === 'half-open' ? 'half-open' : 'closed',
      limit: phase === 'half-open' ? 2 : 0,
      inUse: 0,
      retryAfterMs: phase === 'open' ? 24_000 - (this.#ms % cycleMs) : 0,
      sheds,
    }
    return { ...limit, kind: 'composite', name: 'calls', id: `${this.#run}:g0`, sheds, parts: [rate, breaker, limit] }
  }
}

const emptyEdge = (): Edge => ({ held: 0, put: 0, taken: 0, dropped: 0, blocked: 0, oldest: 0 })

type Edge = { held: number; put: number; taken: number; dropped: number; blocked: number; oldest: number }

function move(edge: Edge, put: number, taken: number): void {
  edge.put += put
  edge.taken += taken
  edge.held += put - taken
}

function age(edge: Edge, perSecond: number): void {
  edge.oldest = edge.held === 0 ? 0 : Math.min(edge.oldest + stepMs, (edge.held / perSecond) * 1900 + 4)
}
