import { checkNumber, checkOneOf } from '../kernel/check.ts'
import { systemClock, type Clock } from '../kernel/clock.ts'
import { milliseconds, type Duration } from '../kernel/duration.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import { stallReport, type StallReport } from '../kernel/waits/stall-report.ts'
import { whoWaits, type WaitGraph } from '../kernel/waits/who-waits.ts'
import type { WaitFor } from '../kernel/waits/waits.ts'
import type { Inspectable } from './sampler.ts'

/** What else counts as a stall: see {@link watchStalls}. */
export type HarmlessWait = Extract<WaitFor, 'input' | 'permit' | 'timer' | 'store' | 'nothing'>

export interface StallWatchOptions {
  /** How long what is named must have stood still; default 10 s. Longer than the slowest work that is still healthy. */
  after?: Duration
  /** Called once for each stall, when it is found. What it throws is logged and goes no further. */
  onStall?: (report: StallReport) => void
  /** Called once it moves again, or the run is over. */
  onOver?: (report: StallReport) => void
  /**
   * Reasons that count as well though they are usually meant: `input` (a source that gives nothing), `permit` (a gate),
   * `timer`, `store` (a durable edge that hands out nothing), `nothing` (an end that takes nothing). Default: none.
   */
  also?: readonly HarmlessWait[]
  clock?: Clock
}

/** A watch that was set with {@link watchStalls}. */
export interface StallWatch {
  /** What stands still now. */
  current(): readonly StallReport[]
  stop(): void
}

/** Looks in each `after`: a stall is told at the latest so many parts of it late. */
const LOOKS = 4
const LEAST_MS = 25

/**
 * Watches running flows, and tells when one stands still: a ring of stages that wait for each other
 * (`FOREBAY_DEADLOCK`), or work that does not end while others wait for it (`FOREBAY_STALL`). It looks at counters
 * four times in `after`, and what it names has not moved for `after`: a slow flow that moves is never named. It changes
 * nothing, and keeps one number for each stage. Throws for options that make no sense.
 *
 * @example
 * watchStalls(run, { after: '30s', onStall: ({ sentence }) => log.warn(sentence) })
 */
export function watchStalls(runs: Inspectable | readonly Inspectable[], options: StallWatchOptions = {}): StallWatch {
  const { after = 10_000, also = [], onStall, onOver, clock = systemClock } = options
  const afterMs = checkNumber('after', milliseconds('after', after), LEAST_MS * LOOKS, 86_400_000)
  for (const reason of also) checkOneOf('also', reason, ['input', 'permit', 'timer', 'store', 'nothing'])
  const reasons = new Set<WaitFor>(['work', 'end', 'memory', ...also])
  const list = 'inspect' in runs ? [runs] : runs
  const watched = list.map((run) => new Watched(run, afterMs, reasons, onStall, onOver))
  let stopTimer: (() => void) | undefined
  const look = (): void => {
    for (const one of watched) one.look()
    again()
  }
  const again = (): void => {
    stopTimer = watched.every(({ isOver }) => isOver) ? undefined : clock.after(afterMs / LOOKS, look)
  }
  look()
  return {
    current: () => watched.flatMap(({ report }) => (report === undefined ? [] : [report])),
    stop: () => stopTimer?.(),
  }
}

/** One run, and since when each of its stages has stood still. */
class Watched {
  isOver = false
  report: StallReport | undefined
  /** What was told last: the same stall is not told twice. */
  #told = ''
  #stills = new Map<string, { readonly counts: string; readonly since: number }>()
  readonly #run: Inspectable
  readonly #afterMs: number
  readonly #reasons: ReadonlySet<WaitFor>
  readonly #onStall: ((report: StallReport) => void) | undefined
  readonly #onOver: ((report: StallReport) => void) | undefined

  constructor(
    run: Inspectable,
    afterMs: number,
    reasons: ReadonlySet<WaitFor>,
    onStall: ((report: StallReport) => void) | undefined,
    onOver: ((report: StallReport) => void) | undefined,
  ) {
    this.#run = run
    this.#afterMs = afterMs
    this.#reasons = reasons
    this.#onStall = onStall
    this.#onOver = onOver
  }

  look(): void {
    if (this.isOver) return
    const snapshot = this.#run.inspect()
    this.isOver = snapshot.state !== 'running' && snapshot.state !== 'draining'
    this.#note(snapshot)
    const since = (id: string): number => snapshot.at - (this.#stills.get(id)?.since ?? snapshot.at)
    const found = pruned(whoWaits(snapshot), this.#reasons, since, this.#afterMs)
    const key = [...found.rings.flat(), ...found.causes].map(({ stage }) => stage).join(' ')
    const report = key === '' ? undefined : stallReport(snapshot, found)
    const before = this.report
    this.report = report
    if (key === this.#told) return
    this.#told = key
    if (before !== undefined) tell(this.#onOver, before)
    if (report !== undefined) tell(this.#onStall, report)
  }

  /** Since when each stage, and the edges at it, have passed on nothing. */
  #note({ stages, edges, at }: Snapshot): void {
    const counts = new Map(
      stages.map((stage) => [stage.id, `${stage.in} ${stage.emitted} ${stage.settled} ${stage.failed}`]),
    )
    for (const { from, to, put, taken } of edges) {
      for (const id of [from, to]) counts.set(id, `${counts.get(id) ?? ''} ${put} ${taken}`)
    }
    const stills = new Map<string, { readonly counts: string; readonly since: number }>()
    for (const { id } of stages) {
      const before = this.#stills.get(id)
      const now = counts.get(id) as string
      stills.set(id, before?.counts === now ? before : { counts: now, since: at })
    }
    this.#stills = stills
  }
}

/** What of it has stood still for so long, and for a reason that counts. A ring stands still when all of it does. */
function pruned(
  graph: WaitGraph,
  reasons: ReadonlySet<WaitFor>,
  stillFor: (stage: string) => number,
  afterMs: number,
): WaitGraph {
  const rings = graph.rings.filter((ring) => ring.every(({ stage }) => stillFor(stage) >= afterMs))
  const causes = graph.causes
    .filter(({ stage, reason, held, holdsUp }) => {
      const isMissed = holdsUp.length + held > 0 || reason === 'end'
      return isMissed && reasons.has(reason) && stillFor(stage) >= afterMs
    })
    .map((cause) => ({ ...cause, stillMs: cause.stillMs ?? stillFor(cause.stage) }))
  return { ...graph, rings, causes }
}

function tell(listener: ((report: StallReport) => void) | undefined, report: StallReport): void {
  try {
    listener?.(report)
  } catch (error) {
    console.error('forebay: a listener of watchStalls failed:', error)
  }
}
