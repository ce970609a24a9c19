import type { Verdict } from '../kernel/verdict/verdict.ts'

/** One verdict and the time for which it stood. */
export interface VerdictSpan {
  readonly kind: Verdict['kind']
  readonly sentence: string
  readonly stage?: string
  readonly gate?: string
  /** Clock of the run, ms. */
  readonly since: number
  readonly until: number
}

const KEPT = 200
/** How long the first finding must last: less than another, since nothing is shown before it. */
const FIRST_MS = 1000

/**
 * Turns verdicts that come several times a second into one that stands still: another finding has to
 * last `holdMs` before it replaces the one shown, the first one a second. What says that nothing came in gives way
 * at once, because it is no longer true. The sentence of the finding that is shown is renewed all the time, so its
 * figures are current.
 */
export class VerdictTracker {
  #shown: Verdict | undefined
  #shownSince = 0
  #next: { verdict: Verdict; since: number } | undefined
  #spans: VerdictSpan[] = []
  readonly #holdMs: number

  constructor(holdMs = 3000) {
    this.#holdMs = holdMs
  }

  /** Takes the newest verdict; true when another finding is shown now. */
  add(verdict: Verdict): boolean {
    const shown = this.#shown
    if (shown !== undefined && isSame(shown, verdict)) {
      this.#shown = verdict
      this.#next = undefined
      return false
    }
    const isOver = verdict.kind === 'done'
    // A run that ends before its first finding has lasted: it is all that is known.
    if (isOver && shown === undefined && this.#next !== undefined) this.#show(this.#next.verdict, this.#next.since)
    if (this.#next === undefined || !isSame(this.#next.verdict, verdict)) this.#next = { verdict, since: verdict.at }
    this.#next.verdict = verdict
    const settled = isOver || verdict.at - this.#next.since >= this.#mustLastMs(shown)
    if (settled) this.#show(verdict, this.#next.since)
    return settled
  }

  #mustLastMs(shown: Verdict | undefined): number {
    if (shown === undefined) return Math.min(FIRST_MS, this.#holdMs)
    return shown.kind === 'calm' ? 0 : this.#holdMs
  }

  get shown(): Verdict | undefined {
    return this.#shown
  }

  /** What was shown, oldest first, the last 200; the last one is still shown. */
  spans(): readonly VerdictSpan[] {
    const shown = this.#shown
    return shown === undefined ? this.#spans : [...this.#spans, span(shown, this.#shownSince, shown.at)]
  }

  #show(verdict: Verdict, since: number): void {
    if (this.#shown !== undefined) this.#spans.push(span(this.#shown, this.#shownSince, since))
    if (this.#spans.length > KEPT) this.#spans.shift()
    this.#shown = verdict
    this.#shownSince = since
    this.#next = undefined
  }
}

function span(verdict: Verdict, since: number, until: number): VerdictSpan {
  const { kind, sentence, stage, gate } = verdict
  return { kind, sentence, since, until, ...(stage !== undefined && { stage }), ...(gate !== undefined && { gate }) }
}

function isSame(a: Verdict, b: Verdict): boolean {
  return a.kind === b.kind && a.stage === b.stage && a.gate === b.gate && a.operator === b.operator
}
