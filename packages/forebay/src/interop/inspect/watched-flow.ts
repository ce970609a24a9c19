import type { Clock } from '../../kernel/clock.ts'
import { systemRandom } from '../../kernel/random.ts'
import {
  SNAPSHOT_VERSION,
  type EdgeSnapshot,
  type Histogram,
  type Snapshot,
  type StageSnapshot,
} from '../../kernel/snapshot.ts'

/** What a stage of somebody else's code does just now. */
export type WatchedState = 'busy' | 'blocked' | 'starved'

/** One stage of a chain that is not ours, as it looks from outside. */
export interface WatchedStage {
  readonly name: string
  readonly kind: string
  /** Items that have come in and gone out. */
  readonly in: number
  readonly out: number
  /** Items it works on. */
  readonly inFlight: number
  /** Time it has used on the event loop, ms, where that is known. */
  readonly cpuMs?: number
  state(): WatchedState
  /** What is held between it and the next stage. */
  held(): { length: number; capacity: number; bytes?: number; capacityBytes?: number }
}

interface Times {
  state: WatchedState
  readonly ms: Record<WatchedState, number>
  /** Items seen when something moved last, and when that was. */
  moved: number
  movedAt: number
}

const noHistogram: Histogram = { bounds: [], counts: [0], sum: 0 }
let watched = 0

/**
 * Snapshots of a chain of stages that no run of ours owns: enough for `verdict`, and for everything else that reads
 * snapshots. Slot time goes to the state that was noted last. It keeps no accounts of single items: the ledger is what was
 * seen at both ends, and nothing is said of losses.
 */
export class WatchedFlow {
  readonly #clock: Clock
  readonly #name: string
  readonly #run: string
  readonly #stages: () => readonly WatchedStage[]
  readonly #state: () => Snapshot['state']
  readonly #times = new Map<WatchedStage, Times>()
  #at: number

  constructor(
    name: string,
    clock: Clock,
    stages: () => readonly WatchedStage[],
    state: () => Snapshot['state'] = () => 'running',
  ) {
    this.#name = name
    this.#clock = clock
    this.#stages = stages
    this.#state = state
    this.#at = clock.now()
    const chance = Math.floor(systemRandom.next() * 36 ** 4)
    this.#run = `${clock.wall().toString(36)}w${(watched++).toString(36)}${chance.toString(36)}`
  }

  /** Something may have changed: the time since the last note goes to the states that were noted then. */
  note(): void {
    const now = this.#clock.now()
    const passed = now - this.#at
    this.#at = now
    for (const stage of this.#stages()) {
      const times = this.#timesOf(stage)
      times.ms[times.state] += passed
      times.state = stage.state()
      if (times.moved === stage.in + stage.out) continue
      times.moved = stage.in + stage.out
      times.movedAt = now
    }
  }

  inspect(): Snapshot {
    this.note()
    const stages = this.#stages()
    const first = stages[0]?.out ?? 0
    const last = stages.at(-1)?.in ?? 0
    return {
      version: SNAPSHOT_VERSION,
      flow: this.#name,
      run: this.#run,
      at: this.#at,
      wall: this.#clock.wall(),
      state: this.#state(),
      loop: { ...(this.#clock.utilisation?.() ?? { activeMs: 0, idleMs: 0 }), maxDelayMs: 0 },
      stages: stages.map((stage, at) => this.#stage(stage, at)),
      edges: stages.slice(1).map((to, at) => this.#edge(stages[at] as WatchedStage, to, at)),
      gates: [],
      ledger: {
        carriedIn: 0,
        in: first,
        out: last,
        dropped: {},
        deadLettered: 0,
        inFlight: Math.max(0, first - last),
        carriedOut: 0,
      },
      balanced: true,
      memory: { heldBytes: 0, budgetBytes: 0 },
    }
  }

  #timesOf(stage: WatchedStage): Times {
    let times = this.#times.get(stage)
    if (times === undefined) {
      times = { state: stage.state(), ms: { busy: 0, blocked: 0, starved: 0 }, moved: 0, movedAt: this.#at }
      this.#times.set(stage, times) // one for each stage of the chain
    }
    return times
  }

  #stage(stage: WatchedStage, at: number): StageSnapshot {
    const { ms, state, movedAt } = this.#timesOf(stage)
    return {
      id: `${this.#run}:${at}`,
      name: stage.name,
      kind: stage.kind,
      operators: [],
      slots: 1,
      sync: false,
      busyMs: ms.busy,
      blockedMs: ms.blocked,
      starvedMs: ms.starved,
      gatedMs: 0,
      slotsIn: [Number(state === 'busy'), Number(state === 'blocked'), Number(state === 'starved'), 0],
      stillMs: this.#at - movedAt,
      cpuMs: stage.cpuMs ?? 0,
      in: stage.in,
      settled: stage.in - stage.inFlight,
      failed: 0,
      discarded: {},
      inFlight: stage.inFlight,
      emitted: stage.out,
      retried: 0,
      service: noHistogram,
      gates: [],
    }
  }

  #edge(from: WatchedStage, to: WatchedStage, at: number): EdgeSnapshot {
    const { length, capacity, bytes = 0, capacityBytes = 0 } = from.held()
    return {
      id: `${this.#run}:${at}-${at + 1}`,
      name: `${from.name} → ${to.name}`,
      from: `${this.#run}:${at}`,
      to: `${this.#run}:${at + 1}`,
      policy: 'backpressure',
      durable: false,
      length,
      capacity,
      bytes,
      capacityBytes,
      credit: Math.max(0, capacity - length),
      put: from.out,
      taken: to.in,
      dropped: {},
      oldestMs: 0,
      blockedMs: this.#timesOf(from).ms.blocked,
    }
  }
}
