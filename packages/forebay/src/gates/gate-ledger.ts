import { ForebayError } from '../kernel/errors.ts'
import type { Ask, GateStats } from '../kernel/gate.ts'
import type { Shed } from '../kernel/shed.ts'
import { makeShed } from './make-shed.ts'
import type { ShedDetails } from './make-shed.ts'
import type { Part } from './part.ts'

const tracedSheds = 100

/**
 * What became of everybody who asked a gate to wait or to start:
 * acquired + waiting + the sum of `sheds` = asked, and `aborted` is one of the ways to leave.
 */
export class GateLedger {
  zombies = 0
  #traced = 0
  #withheldBy = -1
  #since = 0
  readonly sheds: Record<string, number> = {} // bounded by the reasons there are
  readonly withheldMs: Record<string, number> = {} // by place of the part, bounded by the parts

  count(reason: string): void {
    this.sheds[reason] = (this.sheds[reason] ?? 0) + 1
  }

  /**
   * Whoever is next in line waits for this part from now on; -1 when nobody waits. What of a composite is the limit
   * cannot be read from one look at its credit, which is 0 now here and now there; whoever is next is judged again when
   * something changes, so the time from one judgement to the next belongs to the part that was in the way.
   */
  withheld(now: number, part: number = this.#withheldBy): void {
    const was = this.#withheldBy
    if (was >= 0) this.withheldMs[was] = (this.withheldMs[was] ?? 0) + now - this.#since
    this.#withheldBy = part
    this.#since = now
  }

  /** Counts a refusal, and says why. The first hundred of a gate carry a stack, to find who asks. */
  shed(details: ShedDetails): Shed {
    this.count(details.reason)
    return makeShed(details, this.#traced++ < tracedSheds)
  }

  /** Counts a caller that gave up, and says so. */
  aborted(ask: Ask): ForebayError {
    this.count('aborted')
    return new ForebayError('FOREBAY_CANCELLED', 'the caller stopped waiting for a permit', {
      cause: ask.signal?.reason,
    })
  }
}

/** The live figures of a gate: reading one is reading a field. */
export class LiveStats implements GateStats {
  readonly sheds: Readonly<Record<string, number>>
  readonly #part: Part
  readonly #line: { readonly length: number }
  readonly #ledger: GateLedger

  constructor(part: Part, line: { readonly length: number }, ledger: GateLedger) {
    this.sheds = ledger.sheds
    this.#part = part
    this.#line = line
    this.#ledger = ledger
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

  get zombies(): number {
    return this.#ledger.zombies
  }
}
