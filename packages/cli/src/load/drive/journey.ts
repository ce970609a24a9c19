import type { Ending } from '../measure/tally.ts'
import type { Arrival } from '../plan/schedule.ts'
import type { Scene } from './scene.ts'
import type { WireAnswer } from './transport.ts'

/** Statuses after which another try may help. */
const RETRIED = new Set([429, 502, 503, 504])
const SHED = new Set([429, 503])

/**
 * One request from its scheduled instant to its end: its attempts, the pauses between them, and the moment at which
 * the client gives up.
 *
 *     begin ─▶ attempt ─▶ answer ─▶ ok · late · failed · shed
 *                 ▲         │ worth another try
 *                 └─ pause ◀┘         deadline or timeout ─▶ timedOut
 */
export class Journey {
  readonly #scene: Scene
  readonly #arrival: Arrival
  #attempts = 0
  #isOver = false
  /** The attempt on the wire; `done` of an earlier one is not listened to. */
  #wire: { abort(): void } | undefined
  #stopTimer: () => void = () => {}

  constructor(scene: Scene, arrival: Arrival) {
    this.#scene = scene
    this.#arrival = arrival
  }

  /** Sends the first attempt, unless this client has no room or was told to send nothing. */
  begin(): void {
    const { plan, quiet, budget } = this.#scene
    if (plan.obey && quiet.untilOf(this.#arrival.tenant) > this.#scene.now()) return this.#end('withheld')
    if (this.#scene.isFull()) return this.#end('saturated')
    budget.earn()
    this.#attempt()
  }

  /** Ends at once, whatever is under way. */
  cut(): void {
    this.#end('unfinished')
  }

  #attempt(): void {
    const scene = this.#scene
    if (!scene.hasConnection()) return this.#end('saturated')
    const number = ++this.#attempts
    const now = scene.now()
    if (this.#arrival.phase >= 0 && scene.quiet.untilOf(this.#arrival.tenant) > now) scene.quiet.ignored++
    const leftMs = this.#deadline() - now
    const patienceMs = scene.plan.waitForLate ? Infinity : leftMs
    // Timers have no fractions: one that came early would find time left.
    const waitMs = Math.ceil(Math.max(0, Math.min(scene.plan.timeoutMs, patienceMs)))
    this.#stopTimer = scene.after(waitMs, () => this.#giveUp())
    this.#wire = scene.send(this.#arrival, leftMs, (answer) => {
      if (this.#isOver || number !== this.#attempts || this.#wire === undefined) return
      this.#wire = undefined
      this.#stopTimer()
      this.#answered(answer)
    })
  }

  #answered(answer: WireAnswer): void {
    if ('error' in answer) return this.#tryAgain('failed', answer.error, 0)
    const { status, retryAfterMs } = answer
    const now = this.#scene.now()
    if (retryAfterMs !== undefined && SHED.has(status)) {
      this.#scene.quiet.tell(this.#arrival.tenant, now + retryAfterMs)
      if (this.#arrival.phase >= 0) this.#scene.quiet.told++
    }
    if (status < 400) return this.#end(now <= this.#deadline() ? 'ok' : 'late', String(status))
    const ending = SHED.has(status) ? 'shed' : 'failed'
    if (RETRIED.has(status)) this.#tryAgain(ending, String(status), retryAfterMs ?? 0)
    else this.#end(ending, String(status))
  }

  #giveUp(): void {
    this.#drop()
    if (this.#scene.now() >= this.#deadline()) this.#end('timedOut', 'timeout')
    else this.#tryAgain('timedOut', 'timeout', 0)
  }

  /** Another try after a pause, if there is one left, time for it and a budget; else the end. */
  #tryAgain(ending: Ending, answer: string, retryAfterMs: number): void {
    const { plan, budget, random } = this.#scene
    const { max, isNaive, baseMs } = plan.retry
    if (this.#attempts > max) return this.#end(ending, answer)
    const longest = isNaive ? baseMs : Math.min(10_000, baseMs * 2 ** (this.#attempts - 1))
    const pauseMs = Math.max(random.next() * longest, plan.obey ? retryAfterMs : 0)
    if (this.#scene.now() + pauseMs >= this.#deadline()) return this.#end(ending, answer)
    if (!isNaive && !budget.take()) return this.#end(ending, answer)
    this.#stopTimer = this.#scene.after(pauseMs, () => this.#attempt())
  }

  #end(ending: Ending, answer?: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#drop()
    this.#scene.ended(this, this.#arrival, ending, this.#attempts, answer)
  }

  #drop(): void {
    this.#stopTimer()
    const wire = this.#wire
    this.#wire = undefined
    wire?.abort()
  }

  #deadline(): number {
    return this.#scene.plan.deadlineMs === undefined ? Infinity : this.#arrival.at + this.#scene.plan.deadlineMs
  }
}
