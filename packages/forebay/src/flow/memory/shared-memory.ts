import { ForebayError } from '../../kernel/errors.ts'
import type { Claim } from './claim.ts'
import { memoryLine, openLine, type MemoryLine } from './memory-line.ts'

/** The part of the limit that only runs get which hold less than what is left for others: so one that begins finds some. */
const KEPT = 1 / 32
/** The part of the limit that runs lose to others in one turn at most. */
const SHED_STEP = 1 / 64

/**
 * Memory that several runs share: who may hold more, and who is told that there is room.
 *
 *   [ floors: what is guaranteed | the line: level by level, by weight | kept: for those who hold little ]
 *
 * What is taken and given back is added up at once; who may hold how much is looked at once a turn, while somebody waits.
 *
 * Invariants: `heldBytes` is the sum of what the claims hold, `takenBytes` that of the larger of what they hold and their
 * floors; a floor is below its guarantee only while others hold what is missing. Without a claim all sums are 0.
 */
export class SharedMemory {
  readonly name: string
  readonly limitBytes: number
  heldBytes = 0
  /** Held, and kept for those who hold less than their floor. */
  takenBytes = 0
  guaranteedBytes = 0
  /** One for each run; who comes leaves when it ends. */
  readonly claims: Set<Claim> = new Set()
  #line: MemoryLine = openLine
  /** Guaranteed, and held by others still. */
  #owedBytes = 0
  /** Those that want more than they have. */
  readonly #hungry = new Set<Claim>()
  /** The claim on whose clock the next look is due. */
  #looker: Claim | undefined

  constructor(name: string, limitBytes: number) {
    this.name = name
    this.limitBytes = limitBytes
  }

  /** Begins a run; throws when what is guaranteed to it is guaranteed to others. */
  enter(claim: Claim): void {
    const { name, guaranteedBytes } = claim.rules
    if (this.guaranteedBytes + guaranteedBytes > this.limitBytes) {
      throw new ForebayError(
        'FOREBAY_OVERFLOW',
        `${this.name}: cannot guarantee ${guaranteedBytes} bytes to ${name}, ${this.guaranteedBytes} of ${this.limitBytes} are guaranteed to others`,
        { retryable: true },
      )
    }
    this.guaranteedBytes += guaranteedBytes
    this.#owedBytes += guaranteedBytes
    this.claims.add(claim)
    this.#payFloors()
  }

  leave(claim: Claim): void {
    if (!this.claims.delete(claim)) return
    this.guaranteedBytes -= claim.rules.guaranteedBytes
    this.#owedBytes -= claim.rules.guaranteedBytes - claim.floorBytes
    this.heldBytes -= claim.heldBytes
    this.takenBytes -= Math.max(claim.heldBytes, claim.floorBytes)
    this.#payFloors()
    this.#hungry.delete(claim)
    if (this.#looker === claim) this.#looker = undefined
    this.#look()
  }

  /** `claim` holds so many bytes more, or less. */
  move(claim: Claim, bytes: number): void {
    const before = Math.max(claim.heldBytes, claim.floorBytes)
    claim.heldBytes += bytes
    this.heldBytes += bytes
    this.takenBytes += Math.max(claim.heldBytes, claim.floorBytes) - before
    if (bytes >= 0) return
    this.#payFloors()
    this.#look()
  }

  /** Whether `claim` may not hold more than it does. */
  isFullFor(claim: Claim): boolean {
    const { heldBytes, floorBytes } = claim
    const { maxBytes, level, weight } = claim.rules
    if (heldBytes < floorBytes) return false
    const free = this.limitBytes - this.takenBytes
    if (heldBytes >= maxBytes || free <= 0) return true
    const each = (heldBytes - floorBytes) / weight
    return each >= (this.#line[level] as number) || (free <= this.limitBytes * KEPT && each >= free)
  }

  /** What `claim` may hold by now, were the memory free. */
  partOf(claim: Claim): number {
    const { maxBytes, level, weight } = claim.rules
    return Math.min(maxBytes, claim.floorBytes + weight * (this.#line[level] as number), this.limitBytes)
  }

  /** Who holds most; `other` where nobody holds anything. */
  largest(other: Claim): Claim {
    let most = other
    for (const claim of this.claims) if (claim.heldBytes > most.heldBytes) most = claim
    return most
  }

  /** `claim` wants more than there is for it. */
  want(claim: Claim): void {
    this.#hungry.add(claim)
    this.#look()
  }

  /** Something has changed: while somebody waits it is looked at in the next turn. Nobody is woken within the call of another. */
  #look(): void {
    if (this.#looker !== undefined || this.#hungry.size === 0) return
    const claim = this.#hungry.values().next().value as Claim
    this.#looker = claim
    claim.clock.yield(() => {
      if (this.#looker !== claim) return
      this.#looker = undefined
      this.#part()
    })
  }

  #part(): void {
    const claims = [...this.claims]
    const free = this.limitBytes - this.guaranteedBytes
    const wanted = claims.map((claim) => {
      const { level, weight, maxBytes } = claim.rules
      return { level, weight, bytes: this.#hungry.has(claim) ? maxBytes - claim.floorBytes : claim.excessBytes }
    })
    this.#line = memoryLine(free, wanted)
    const hungry = claims.filter((claim) => this.#hungry.has(claim)).toSorted(byEntitlement)
    for (const claim of hungry) if (claim.waiting === 0) this.#hungry.delete(claim)
    this.#shedFor(hungry, claims)
    for (const claim of hungry) {
      if (claim.waiting === 0 || this.isFullFor(claim)) continue
      this.#hungry.delete(claim)
      claim.wake()
    }
  }

  /** Makes room for those who wait for what is theirs, out of what others hold beyond it and have said they can lose. */
  #shedFor(hungry: readonly Claim[], claims: readonly Claim[]): void {
    let short = -Math.max(0, this.limitBytes - this.takenBytes)
    for (const claim of hungry) short += Math.max(0, this.partOf(claim) - claim.heldBytes)
    if (short <= 0) return
    let left = Math.min(short, this.limitBytes * SHED_STEP)
    for (const claim of claims.filter(({ rules }) => rules.shed).toSorted((a, b) => byEntitlement(b, a))) {
      const over = Math.min(left, claim.heldBytes - Math.max(claim.floorBytes, this.partOf(claim)))
      if (over <= 0) continue
      const before = claim.heldBytes
      claim.shed(over)
      left -= before - claim.heldBytes
      if (left <= 0) return
    }
  }

  /** What has become free goes to those first who are guaranteed it. */
  #payFloors(): void {
    if (this.#owedBytes === 0) return
    for (const claim of this.claims) {
      const missing = Math.min(claim.rules.guaranteedBytes - claim.floorBytes, this.limitBytes - this.takenBytes)
      if (missing <= 0) continue
      const before = Math.max(claim.heldBytes, claim.floorBytes)
      claim.floorBytes += missing
      this.#owedBytes -= missing
      this.takenBytes += Math.max(claim.heldBytes, claim.floorBytes) - before
    }
  }
}

/** More important runs first, then those that hold least for their weight. */
function byEntitlement(a: Claim, b: Claim): number {
  return a.rules.level - b.rules.level || a.excessBytes / a.rules.weight - b.excessBytes / b.rules.weight
}
