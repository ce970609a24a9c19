import { ForebayError } from '../../kernel/errors.ts'
import type { Level } from '../../kernel/gate.ts'
import { levelOf } from '../ask.ts'
import { deadlinesOf } from '../deadlines.ts'
import type { Deadlines, Due } from '../deadlines.ts'
import { Admission } from './admission.ts'
import type { AdmitOptions } from './admit.ts'
import type { Budget } from './budget.ts'
import type { AdmittedCall, Call } from './call.ts'
import type { Ended } from './classify.ts'
import type { Hedged, Hedges } from './hedge.ts'

/** A copy that asks or runs. */
interface Copy {
  readonly call: AdmittedCall
  readonly controller: AbortController
  startedAt: number
}

/**
 * One try made by several copies of the work.
 *
 *     first  ──asks──runs──────────── after ──────────────── slow ──> aborted, permit back when it has ended
 *     second                            └──asks──runs──────ok──────> the result
 *
 * Invariants: each copy has a signal of its own, aborted at the end of the try at the latest; no copy starts after it.
 */
export class HedgedTry<T> implements Due {
  dueAt: number = Infinity
  heapIndex = -1
  readonly #hedges: Hedges
  readonly #hedged: Hedged<T>
  readonly #budget: Budget
  readonly #deadlines: Deadlines
  readonly #copies: Copy[] = [] // bounded by the option `copies`
  #running = 0
  #isOver = false
  /** What to end with should no copy do better. */
  #poor: { readonly copy: Copy; readonly ended: Ended<T> } | undefined = undefined
  #resolve!: (value: T) => void
  #reject!: (error: unknown) => void

  constructor(hedges: Hedges, hedged: Hedged<T>, budget: Budget) {
    this.#hedges = hedges
    this.#hedged = hedged
    this.#budget = budget
    this.#deadlines = deadlinesOf(hedged.clock)
  }

  run(): Promise<T> {
    const { ask, options, call } = this.#hedged
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      options.signal?.addEventListener('abort', this.#onAbort, { once: true })
      this.#copy(ask, call.deadline)
    })
  }

  /** A copy has run for long enough. */
  expire(): void {
    const { ask } = this.#hedged
    if (!this.#budget.take()) {
      this.#hedges.refused++
      return
    }
    this.#hedges.started++
    const [first] = this.#copies as [Copy]
    // The first copy's time is that of the try: a later one must not make the caller wait longer.
    const level = Math.min(3, levelOf(ask) + 1) as Level
    this.#copy({ ...ask, level, avoid: first.call.target }, first.call.deadline)
  }

  #copy(ask: AdmitOptions<T>, deadline: number): void {
    const { gate, work, options, call, clock } = this.#hedged
    const controller = new AbortController()
    const { signal } = controller
    if (options.signal?.aborted === true) controller.abort(options.signal.reason)
    const { hedge: _, retry: __, ...rest } = ask
    const own: AdmitOptions<T> = { ...rest, signal, ...(deadline !== Infinity && { deadline }) }
    const run = (given: Call): T | PromiseLike<T> => {
      // The permit may have come in the very turn in which another copy was done.
      if (signal.aborted) throw new ForebayError('FOREBAY_CANCELLED', 'the copy is not needed any more')
      copy.startedAt = clock.now()
      this.#wait()
      return work(given)
    }
    const admission = new Admission<T>(gate, run, own, clock, call.attempt)
    const copy: Copy = { call: admission.last, controller, startedAt: -1 }
    this.#copies.push(copy)
    this.#running++
    admission.begin().then(
      (value) => this.#ended(copy, { ok: true, value }),
      (error: unknown) => this.#ended(copy, { ok: false, error }),
    )
  }

  /** The next copy is due when this one has run for long enough. */
  #wait(): void {
    const ms = this.#hedges.afterMs
    if (ms === Infinity || this.#copies.length >= this.#hedges.copies) return
    this.#deadlines.remove(this)
    this.dueAt = this.#hedged.clock.now() + ms
    this.#deadlines.add(this)
  }

  #ended(copy: Copy, ended: Ended<T>): void {
    this.#running--
    if (this.#isOver) return
    const isGood = ended.ok && copy.call.outcome !== 'fail' && copy.call.outcome !== 'drop'
    if (isGood) return this.#end(copy, ended)
    // A value that was judged bad is still more than an error, and an error of the first copy says more than a later one's.
    const known = this.#poor
    const isBetter = known === undefined || (ended.ok ? !known.ended.ok : !known.ended.ok && copy === this.#copies[0])
    const poor = isBetter ? { copy, ended } : known
    this.#poor = poor
    if (this.#running === 0) this.#end(poor.copy, poor.ended)
  }

  #end(by: Copy, ended: Ended<T>): void {
    const { call, clock, options } = this.#hedged
    const [first] = this.#copies as [Copy]
    this.#isOver = true
    this.#deadlines.remove(this)
    options.signal?.removeEventListener('abort', this.#onAbort)
    if (ended.ok && first.startedAt >= 0) this.#hedges.record(clock.now() - first.startedAt)
    if (ended.ok && by !== first) this.#hedges.won++
    call.outcome = by.call.outcome
    call.retryAfterMs = by.call.retryAfterMs
    call.permit = by.call.permit
    if (ended.ok) this.#resolve(ended.value)
    else this.#reject(ended.error)
    if (this.#running > 0) this.#abort(by, new ForebayError('FOREBAY_CANCELLED', 'another copy of the call was faster'))
  }

  readonly #onAbort = (): void => {
    this.#deadlines.remove(this)
    this.#abort(undefined, this.#hedged.options.signal?.reason)
  }

  #abort(except: Copy | undefined, reason: unknown): void {
    for (const copy of this.#copies) if (copy !== except) copy.controller.abort(reason)
  }
}
