/** When a {@link Ladder} moves. */
export interface LadderRules {
  /** Rungs; 0 is the best. */
  readonly rungs: number
  /** Mean pressure over a hold from which it goes one down. */
  readonly down: number
  /** Mean pressure over a hold up to which it goes one up. */
  readonly up: number
}

/** Holds without pressure that it waits for at most before it tries a better rung. */
const MOST_PATIENCE = 32

/**
 * Which rung to stand on, told the mean pressure of one hold after the other. It moves one rung at a time, at most once
 * in a hold, and stays where it is between the two thresholds. A step up that is taken back at once was too early: before
 * the next one it waits for twice as many holds without pressure, up to 32, so load that the better rung cannot bear does
 * not make it flap. A thermostat with hysteresis, whose patience grows as in route flap damping (RFC 2439), but bounded.
 */
export class Ladder {
  rung = 0
  changes = 0
  readonly #rules: LadderRules
  /** Holds without pressure that it waits for before a step up, and those that have passed. */
  #patience = 1
  #calm = 0
  /** Holds since the last step up, while no step down has come after it. */
  #sinceUp: number | undefined

  constructor(rules: LadderRules) {
    this.#rules = rules
  }

  get isAtEnd(): boolean {
    return this.rung === this.#rules.rungs - 1
  }

  /** A hold is over in which the mean pressure was this: whether the rung has changed. */
  turn(pressure: number): boolean {
    if (this.#sinceUp !== undefined) this.#sinceUp++
    if (pressure >= this.#rules.down) {
      this.#calm = 0
      return !this.isAtEnd && this.#stepDown()
    }
    this.#calm = pressure <= this.#rules.up ? this.#calm + 1 : 0
    if (this.rung === 0 || this.#calm < this.#patience) return false
    this.#calm = 0
    this.#sinceUp = 0
    return this.#to(this.rung - 1)
  }

  #stepDown(): true {
    if (this.#sinceUp !== undefined) {
      this.#patience = this.#sinceUp > this.#patience ? 1 : Math.min(MOST_PATIENCE, this.#patience * 2)
      this.#sinceUp = undefined
    }
    return this.#to(this.rung + 1)
  }

  #to(rung: number): true {
    this.rung = rung
    this.changes++
    return true
  }
}
