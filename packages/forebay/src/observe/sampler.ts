import { systemClock, type Clock } from '../kernel/clock.ts'
import { checkNumber } from '../kernel/check.ts'
import { milliseconds, type Duration } from '../kernel/duration.ts'
import { RingBuffer } from '../kernel/ring-buffer.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import { verdict, type Verdict } from '../kernel/verdict/verdict.ts'
import { gatesVerdict } from './gates/gates-verdict.ts'
import { Marks, type Mark } from './marks.ts'
import { pack, unpack, type Packed } from './packed.ts'
import { scaleReport, type ScaleOptions, type ScaleReport } from './scale-report.ts'
import { VerdictTracker, type VerdictSpan } from './verdict-tracker.ts'

/** Anything that can be looked at: a `Run`. */
export interface Inspectable {
  inspect(): Snapshot
}

export interface SamplerOptions {
  /** Between two samples; default 250 ms. */
  every?: Duration
  /** What a verdict looks back on; default 10 s. */
  window?: Duration
  /** How long one sample a second is kept, for scrubbing back; default 10 min. */
  keep?: Duration
  /** How long another verdict must last before it is shown; default 3 s. */
  hold?: Duration
  clock?: Clock
}

/** One sample of every flow at one instant. */
export interface Moment {
  /** Unix epoch, ms. */
  readonly wall: number
  readonly snapshots: readonly Snapshot[]
  readonly why: readonly Verdict[]
}

/**
 * Looks at some runs a few times a second, for everybody who wants to know: console, alerts, metrics, log.
 * What it keeps is bounded by time and number, whatever the flows do.
 */
export interface Sampler {
  /** The newest sample of each run. */
  snapshots(): readonly Snapshot[]
  /** What limits each run, steadied: another finding must last before it is shown. */
  why(): readonly Verdict[]
  /** Calls `listener` after every sample, until it throws; returns the way to stop. */
  subscribe(listener: () => void): () => void
  /** One moment a second, oldest first. */
  history(): readonly Moment[]
  marks(): readonly Mark[]
  mark(mark: Omit<Mark, 'seq' | 'wall'>): void
  /** What was said of all runs, with the time for which it stood. */
  verdicts(): readonly VerdictSpan[]
  /** How many replicas a flow of this name needs, see `scaleReport`: of several runs the one that needs most. */
  scale(flow: string, options?: ScaleOptions): ScaleReport | undefined
  /** Takes a sample now. */
  sample(): void
  stop(): void
}

/** Starts sampling; see {@link Sampler}. Throws `RangeError` for times that make no sense. */
export function sampler(runs: readonly Inspectable[], options: SamplerOptions = {}): Sampler {
  return new Sampling(runs, options)
}

const HISTORY_STEP_MS = 1000

/** A {@link Moment} as it is kept. */
interface Kept {
  readonly wall: number
  readonly snapshots: Packed<readonly Snapshot[]>
  readonly why: Packed<readonly Verdict[]>
}

/** Whether anything has come in so far, or was there from the last run. */
function hasBegun({ stages, edges, gates }: Snapshot): boolean {
  if (stages.length === 0) return gates.some(({ admitted, waiting }) => admitted + waiting > 0)
  return stages.some((stage) => stage.in > 0) || edges.some(({ length }) => length > 0)
}

/** Texts do not pack: the newest decisions of a gate are in the newest sample alone. */
function withoutDecisions(snapshot: Snapshot): Snapshot {
  if (snapshot.gates.every(({ notes }) => notes === undefined)) return snapshot
  const gates = snapshot.gates.map((gate) =>
    gate.notes === undefined ? gate : { ...gate, notes: { ...gate.notes, decisions: [] } },
  )
  return { ...snapshot, gates }
}

class Sampling implements Sampler {
  #snapshots: readonly Snapshot[] = []
  #timer: (() => void) | undefined
  #lastKept = -Infinity
  #stopped = false
  readonly #runs: readonly Inspectable[]
  readonly #clock: Clock
  readonly #everyMs: number
  /** The samples a verdict looks back on, one ring per run. */
  readonly #recent: readonly RingBuffer<Snapshot>[]
  readonly #trackers: readonly VerdictTracker[]
  readonly #windowMs: number
  readonly #history: RingBuffer<Kept>
  readonly #marks = new Marks()
  /** Bounded by whoever subscribes: one listener per viewer, and viewers are bounded. */
  readonly #listeners = new Set<() => void>()

  constructor(runs: readonly Inspectable[], options: SamplerOptions) {
    this.#runs = runs
    this.#clock = options.clock ?? systemClock
    this.#everyMs = checkNumber('every', milliseconds('every', options.every ?? 250), 10, 60_000)
    this.#windowMs = checkNumber('window', milliseconds('window', options.window ?? 10_000), this.#everyMs, 600_000)
    const keepMs = checkNumber('keep', milliseconds('keep', options.keep ?? 600_000), 1000, 3_600_000)
    const hold = milliseconds('hold', options.hold ?? 3000)
    const recent = Math.ceil(this.#windowMs / this.#everyMs) + 1
    this.#recent = runs.map(() => new RingBuffer<Snapshot>(recent))
    this.#trackers = runs.map(() => new VerdictTracker(hold))
    this.#history = new RingBuffer(Math.ceil(keepMs / HISTORY_STEP_MS))
    this.sample()
    this.#again()
  }

  snapshots(): readonly Snapshot[] {
    return this.#snapshots
  }

  why(): readonly Verdict[] {
    return this.#trackers.flatMap(({ shown }) => (shown === undefined ? [] : [shown]))
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  history(): readonly Moment[] {
    return Array.from({ length: this.#history.length }, (_, index) => {
      const { wall, snapshots, why } = this.#history.at(index)
      return { wall, snapshots: unpack(snapshots), why: unpack(why) }
    })
  }

  marks(): readonly Mark[] {
    return this.#marks.all()
  }

  mark(mark: Omit<Mark, 'seq' | 'wall'>): void {
    this.#marks.add({ ...mark, wall: this.#clock.wall() })
  }

  verdicts(): readonly VerdictSpan[] {
    return this.#trackers.flatMap((tracker) => tracker.spans())
  }

  scale(flow: string, options?: ScaleOptions): ScaleReport | undefined {
    return this.#snapshots
      .flatMap((snapshot, index) =>
        snapshot.flow === flow
          ? [scaleReport((this.#recent[index] as RingBuffer<Snapshot>).at(0), snapshot, options)]
          : [],
      )
      .toSorted((a, b) => b.value - a.value)[0]
  }

  sample(): void {
    this.#snapshots = this.#runs.map((run) => run.inspect())
    this.#snapshots.forEach((snapshot, index) => this.#judge(snapshot, index))
    const now = this.#clock.now()
    if (now - this.#lastKept >= HISTORY_STEP_MS) {
      this.#lastKept = now
      this.#keep()
    }
    for (const listener of this.#listeners) this.#tell(listener)
  }

  /** Minutes of pictures would be most of what a small flow holds, so they are packed. */
  #keep(): void {
    const { length } = this.#history
    const last = length === 0 ? undefined : this.#history.at(length - 1)
    if (this.#history.isFull) this.#history.shift()
    this.#history.push({
      wall: this.#clock.wall(),
      snapshots: pack(this.#snapshots.map(withoutDecisions), last?.snapshots),
      why: pack(this.why(), last?.why),
    })
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.()
  }

  /** Looking on must not stop what is looked at: a listener that throws is reported and not called again. */
  #tell(listener: () => void): void {
    try {
      listener()
    } catch (error) {
      this.#listeners.delete(listener)
      console.error('forebay: a listener of the sampler failed and is not called any more:', error)
    }
  }

  #judge(snapshot: Snapshot, index: number): void {
    const recent = this.#recent[index] as RingBuffer<Snapshot>
    const tracker = this.#trackers[index] as VerdictTracker
    while (recent.length > 0 && (recent.isFull || snapshot.at - recent.at(0).at > this.#windowMs)) recent.shift()
    // The time before the first record says nothing about what limits a flow, and would dilute what follows.
    if (hasBegun(snapshot)) while (recent.length > 1 && !hasBegun(recent.at(1))) recent.shift()
    recent.push(snapshot)
    const found = (snapshot.stages.length === 0 ? gatesVerdict : verdict)(recent.at(0), snapshot)
    // The first figures of a run say nothing yet, and that nothing has come so far is no news for a while.
    const least = hasBegun(snapshot) ? Math.min(1000, this.#windowMs) : this.#windowMs - this.#everyMs
    const isEarly = found.windowMs < least && found.kind !== 'done'
    if (isEarly || !tracker.add(found)) return
    const { kind, sentence: text, run, stage, gate } = found
    const level = kind === 'bottleneck' || kind === 'deadlock' || kind === 'stall' || kind === 'loop' ? 'warn' : 'info'
    const subject = stage ?? gate
    this.mark({ kind: 'verdict', level, text, run, ...(subject !== undefined && { subject }) })
  }

  #again(): void {
    if (this.#stopped) return
    this.#timer = this.#clock.after(this.#everyMs, () => {
      this.sample()
      this.#again()
    })
  }
}
