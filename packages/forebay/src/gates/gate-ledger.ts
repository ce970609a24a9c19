import { ForebayError } from '../kernel/errors.ts'
import type { Ask, GateInspection, GateObserver, GateStats, Level } from '../kernel/gate.ts'
import type { Shed, ShedReason } from '../kernel/shed.ts'
import { makeShed } from './make-shed.ts'
import type { Part } from './part.ts'

const tracedSheds = 100

/**
 * What became of everybody who asked a gate to wait or to start:
 * acquired + waiting + the sum of `sheds` = asked, and `aborted` is one of the ways to leave.
 */
export class GateLedger implements GateStats {
  zombies = 0
  observer: GateObserver | undefined = undefined
  #traced = 0
  #withheldBy = -1
  #since = 0
  readonly sheds: Record<string, number> = {} // bounded by the reasons there are
  readonly withheldMs: Record<string, number> = {} // by place of the part, bounded by the parts
  readonly #part: Part
  readonly #line: { readonly length: number }

  constructor(part: Part, line: { readonly length: number }) {
    this.#part = part
    this.#line = line
  }

  get admitted(): number {
    return this.#part.admitted
  }

  get inUse(): number {
    return this.#part.inUse
  }

  get waiting(): number {
    return this.#line.length
  }

  /**
   * Whoever is next in line waits for this part from now on; -1 when nobody waits. What of a composite is the limit
   * cannot be read from one look at its credit, which is 0 now here and now there; whoever is next is judged again when
   * something changes, so the time from one judgement to the next belongs to the part that was in the way.
   */
  withheld(now: number, part?: number): void {
    const was = this.#withheldBy
    if (part === was) return // goes on
    if (was >= 0) this.withheldMs[was] = (this.withheldMs[was] ?? 0) + now - this.#since
    this.#withheldBy = part ?? was
    this.#since = now
  }

  /**
   * Counts a refusal, and says why: because of `reason`, or that of the part in the way. `waitedMs` is undefined for who
   * was not even in line. The first hundred of a gate carry a stack, to find who asks.
   */
  shed(
    cost: number,
    ask: Ask,
    level: Level,
    retryAfterMs: number,
    waitedMs: number | undefined,
    reason?: ShedReason,
  ): Shed {
    const { name } = this.#part
    const { reason: own, gate, limit, inUse } = this.#part.refusal(cost, ask)
    const shed = makeShed(
      {
        reason: reason ?? own,
        gate: reason === undefined ? gate : name,
        asked: name,
        retryAfterMs,
        waitedMs,
        level,
        limit,
        inUse,
        waiting: this.waiting,
      },
      this.#traced++ < tracedSheds,
    )
    this.#refused(shed.reason, ask, waitedMs !== undefined, shed)
    return shed
  }

  /** Counts a caller that gave up, and says so. */
  aborted(ask: Ask, hasWaited: boolean): ForebayError {
    this.#refused('aborted', ask, hasWaited)
    return new ForebayError('FOREBAY_CANCELLED', 'the caller gave up', { cause: ask.signal?.reason })
  }

  /** What `gate` says of itself, with the accounts, and with what was noted. */
  inspect(gate: GateInspection): GateInspection {
    const { zombies, waiting } = this
    const seen = { ...gate, waiting, zombies, sheds: { ...this.sheds }, withheldMs: { ...this.withheldMs } }
    return this.observer?.inspect(seen) ?? seen
  }

  #refused(reason: string, ask: Ask, hasWaited: boolean, shed?: Shed): void {
    this.sheds[reason] = (this.sheds[reason] ?? 0) + 1
    this.observer?.refused(ask, shed, hasWaited)
  }
}
