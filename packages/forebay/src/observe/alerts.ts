import { systemClock, type Clock } from '../kernel/clock.ts'
import { RingBuffer } from '../kernel/ring-buffer.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import type { Verdict } from '../kernel/verdict/verdict.ts'
import { alertRules, type AlertMatch, type AlertRule, type Severity } from './alert-rules.ts'
import { LineBudget } from './line-budget.ts'
import type { Sampler } from './sampler.ts'

/** An alert that began or ended. Plain data: what a webhook posts. */
export interface AlertEvent {
  readonly name: string
  readonly severity: Severity
  readonly state: 'firing' | 'resolved'
  readonly flow: string
  readonly run: string
  /** Id of the stage, edge or gate concerned, or of the run. */
  readonly subject: string
  readonly sentence: string
  /** When its condition began to hold, and when this event was made: Unix epoch, ms. */
  readonly since: number
  readonly at: number
  /** The page that says what it means and what to do. */
  readonly card: string
}

export interface AlertOptions {
  /** Takes one line for each alert that begins or ends; at most 30 a minute, what is beyond is counted. Default: nobody. */
  log?: (line: string) => void
  /** Takes each event, for instance the webhook of `forebay/node`. What it throws or rejects with becomes a log line. */
  post?: (event: AlertEvent) => Promise<void> | void
  /** Default: {@link alertRules} with their own thresholds. */
  rules?: readonly AlertRule[]
  clock?: Clock
}

/** Alerts that watch a sampler. */
export interface Alerts {
  /** What fires now, longest first. */
  active(): readonly AlertEvent[]
  stop(): void
}

interface Tracked {
  readonly rule: AlertRule
  readonly flow: string
  readonly run: string
  match: AlertMatch
  readonly since: number
  readonly sinceWall: number
  firing: boolean
  /** When its condition last held, on the clock. */
  heldAt: number
}

/** What rules look back on, ms, and how far apart the snapshots kept for it are. */
const WINDOW_MS = 10_000
const STEP_MS = 1000
/** Conditions followed at once. Beyond it, new ones wait until others are resolved. */
const MAX_TRACKED = 256

/**
 * Checks rules after every sample and tells when an alert begins and when it ends: as log lines, as marks on the
 * sampler's charts, and to whoever `post` reaches. A condition has to hold for a while before it is told, and to be
 * gone for a while before it is over, so that nothing flaps.
 */
export function alerts(sampler: Sampler, options: AlertOptions = {}): Alerts {
  return new Watch(sampler, options)
}

class Watch implements Alerts {
  /** When rules were last checked, on the clock. */
  #lookedAt = -Infinity
  readonly #sampler: Sampler
  readonly #rules: readonly AlertRule[]
  readonly #clock: Clock
  readonly #post: ((event: AlertEvent) => Promise<void> | void) | undefined
  readonly #lines: LineBudget
  readonly #unsubscribe: () => void
  /** One ring of a few seconds per run that the sampler shows. */
  readonly #past = new Map<string, RingBuffer<Snapshot>>()
  /** Bounded by {@link MAX_TRACKED}. */
  readonly #tracked = new Map<string, Tracked>()

  constructor(sampler: Sampler, options: AlertOptions) {
    this.#sampler = sampler
    this.#rules = options.rules ?? alertRules()
    this.#clock = options.clock ?? systemClock
    this.#post = options.post
    this.#lines = new LineBudget(this.#clock, options.log ?? (() => {}))
    this.#unsubscribe = sampler.subscribe(() => this.#check())
  }

  active(): readonly AlertEvent[] {
    return [...this.#tracked.values()].filter(({ firing }) => firing).map((tracked) => this.#event(tracked, 'firing'))
  }

  stop(): void {
    this.#unsubscribe()
    this.#lines.stop()
  }

  #check(): void {
    // Read once: a clock goes on between two readings, and a condition that holds would look as if it had ended.
    const now = this.#clock.now()
    const snapshots = this.#sampler.snapshots()
    const verdicts = this.#sampler.why()
    for (const run of this.#past.keys()) {
      if (!snapshots.some((snapshot) => snapshot.run === run)) this.#past.delete(run)
    }
    for (const snapshot of snapshots) {
      const verdict = verdicts.find(({ run }) => run === snapshot.run)
      this.#judge(snapshot, verdict, now)
    }
    this.#lookedAt = now
    for (const [key, tracked] of this.#tracked) {
      if (tracked.heldAt === now || now - tracked.heldAt < tracked.rule.clearMs) continue
      this.#tracked.delete(key)
      if (tracked.firing) this.#tell(this.#event(tracked, 'resolved'))
    }
  }

  #judge(after: Snapshot, verdict: Verdict | undefined, now: number): void {
    const before = this.#earlier(after)
    for (const rule of this.#rules) {
      for (const match of rule.check({ before, after, verdict })) this.#hold(rule, after, match, now)
    }
  }

  #hold(rule: AlertRule, { flow, run }: Snapshot, match: AlertMatch, now: number): void {
    const key = `${rule.name} ${run} ${match.subject}`
    let tracked = this.#tracked.get(key)
    if (tracked === undefined) {
      if (this.#tracked.size >= MAX_TRACKED) return
      tracked = { rule, flow, run, match, since: now, sinceWall: this.#clock.wall(), firing: false, heldAt: now }
      this.#tracked.set(key, tracked)
    }
    // A condition that was gone at the last look begins anew.
    if (!tracked.firing && tracked.heldAt < this.#lookedAt) {
      tracked = { ...tracked, since: now, sinceWall: this.#clock.wall() }
      this.#tracked.set(key, tracked)
    }
    tracked.match = match
    tracked.heldAt = now
    if (tracked.firing || now - tracked.since < rule.forMs) return
    tracked.firing = true
    this.#tell(this.#event(tracked, 'firing'))
  }

  /** The snapshot of about ten seconds ago, or the oldest there is. */
  #earlier(after: Snapshot): Snapshot {
    let past = this.#past.get(after.run)
    if (past === undefined) {
      past = new RingBuffer(WINDOW_MS / STEP_MS + 1)
      this.#past.set(after.run, past)
    }
    const newest = past.length > 0 ? past.at(past.length - 1) : undefined
    if (newest === undefined || after.at - newest.at >= STEP_MS) {
      if (past.isFull) past.shift()
      past.push(after)
    }
    return past.at(0)
  }

  #event({ rule, flow, run, match, sinceWall }: Tracked, state: AlertEvent['state']): AlertEvent {
    const { name, severity } = rule
    const card = `docs/operations/alerts.md#${name}`
    const { subject, sentence } = match
    return { name, severity, state, flow, run, subject, sentence, since: sinceWall, at: this.#clock.wall(), card }
  }

  #tell(event: AlertEvent): void {
    const { name, severity, state, flow, run, subject, sentence } = event
    const isOver = state === 'resolved'
    const text = isOver ? `${name} is over: ${sentence}` : sentence
    this.#lines.write(`alert ${state} [${severity}] ${name} ${flow}: ${sentence} (${event.card})`)
    const alert = { name, state: isOver ? ('cleared' as const) : ('fired' as const) }
    this.#sampler.mark({ kind: 'alert', level: isOver ? 'info' : severity, text, alert, run, subject })
    void this.#send(event)
  }

  async #send(event: AlertEvent): Promise<void> {
    try {
      await this.#post?.(event)
    } catch (error) {
      this.#lines.write(`alert ${event.name} could not be posted: ${String(error)}`)
    }
  }
}
