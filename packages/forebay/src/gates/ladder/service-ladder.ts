import { checkFunction, checkNumber, show } from '../../kernel/check.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { Clock } from '../../kernel/clock.ts'
import { positiveMilliseconds } from '../../kernel/duration.ts'
import type { Duration } from '../../kernel/duration.ts'
import { gateFill } from '../../kernel/gate-fill.ts'
import type { Gate, RungInspection } from '../../kernel/gate.ts'
import { Ladder } from '../../kernel/ladder.ts'
import type { RungChange } from '../../kernel/rung-change.ts'
import { PartGate } from '../part-gate.ts'

/** When a ladder of service moves. */
export interface ServiceLadderOptions {
  /** Mean pressure over a `hold` from which it goes one rung down; default 0.8. */
  readonly down?: number
  /** Mean pressure over a `hold` up to which it goes one rung up; below `down`, default 0.3. */
  readonly up?: number
  /** Time over which pressure is averaged, and the least time between two changes; default 1 s. */
  readonly hold?: Duration
  /** A figure of your own from 0 to 1; default how full the gate is: 1 while it lets nobody in or somebody waits. */
  readonly pressure?: () => number
  readonly onChange?: (change: RungChange) => void
  /** Default the clock of the gate. */
  readonly clock?: Clock
}

/** On which rung requests are answered now. */
export interface ServiceLadder<Name extends string = string> {
  readonly gate: Gate
  readonly rungs: readonly Name[]
  /** The rung for a request that comes now. Reading it is how the ladder learns of pressure: read it once for each request. */
  readonly rung: Name
  /** Whether the rung of now is `name` or a better one. */
  isAtLeast(name: Name): boolean
  inspect(): RungInspection
}

const fewestReadings = 20
/** After so many quiet holds in a row any ladder is back at its best rung. */
const mostHolds = 1024

/**
 * A ladder of service for requests behind `gate`, the best rung first: handlers ask it how much to do, and it goes down
 * while there is pressure, and up again when that is over. `degrade` is the same for the items of a flow.
 *
 * It goes one rung at a time and never twice in a `hold`; a better rung that does not bear the load is tried again after
 * twice the time, up to 32 holds. It sets no timer: pressure is read when a request comes, and a time without any counts
 * as calm if the gate has room when the next one comes. Throws `RangeError` for rungs, shares and times that make no sense.
 *
 * @example
 * const ladder = serviceLadder(api, ['full', 'no-recommendations', 'cached'], { hold: '2s' })
 * createServer(nodeGate(async (req, res) => {
 *   const rung = callOf(req)?.rung
 *   res.end(rung === 'cached' ? lastPage(req.url) : await page(req.url, { recommend: rung === 'full' }))
 * }, { gate: api, ladder }))
 */
export function serviceLadder<const Name extends string>(
  gate: Gate,
  rungs: readonly Name[],
  options: ServiceLadderOptions = {},
): ServiceLadder<Name> {
  return new GateLadder(gate, rungs, options)
}

class GateLadder<Name extends string> implements ServiceLadder<Name> {
  readonly gate: Gate
  readonly rungs: readonly Name[]
  readonly #ladder: Ladder
  readonly #up: number
  readonly #holdMs: number
  readonly #read: () => number
  readonly #onChange: ((change: RungChange) => void) | undefined
  readonly #clock: Clock
  #holdSince: number
  #readAt = -Infinity
  #sum = 0
  #readings = 0
  #pressure = 0

  constructor(gate: Gate, rungs: readonly Name[], options: ServiceLadderOptions) {
    if (typeof (gate as Partial<Gate> | undefined)?.credit !== 'function') {
      throw new TypeError(`gate: expected a gate, got ${show(gate)}`)
    }
    const down = checkNumber('down', options.down ?? 0.8, 0, 1)
    this.#up = checkNumber('up', options.up ?? Math.min(0.3, down / 2), 0, 1)
    if (this.#up >= down) throw new RangeError(`up: expected less than down (${down}), got ${this.#up}`)
    this.#holdMs = positiveMilliseconds('hold', options.hold ?? 1000)
    const { pressure, onChange } = options
    if (onChange !== undefined) checkFunction('onChange', onChange)
    this.#onChange = onChange
    if (pressure === undefined) this.#read = () => gateFill(gate)
    else {
      checkFunction('pressure', pressure)
      this.#read = () => checkNumber('pressure', pressure(), 0, 1)
    }
    this.gate = gate
    this.rungs = checkNames(rungs)
    this.#ladder = new Ladder({ rungs: rungs.length, down, up: this.#up })
    this.#clock = options.clock ?? (gate instanceof PartGate ? gate.clock : systemClock)
    this.#holdSince = this.#clock.now()
  }

  get rung(): Name {
    this.#look()
    return this.#name
  }

  isAtLeast(name: Name): boolean {
    const index = this.rungs.indexOf(name)
    if (index < 0) throw new RangeError(`rung: expected one of ${this.rungs.join(', ')}, got ${show(name)}`)
    return this.rungs.indexOf(this.rung) <= index
  }

  inspect(): RungInspection {
    const { rung: index, changes } = this.#ladder
    return { name: this.#name, index, of: this.rungs.length, changes, pressure: this.#pressure }
  }

  get #name(): Name {
    return this.rungs[this.#ladder.rung] as Name
  }

  #look(): void {
    const now = this.#clock.now()
    const age = now - this.#readAt
    if (age >= 0 && age * fewestReadings < this.#holdMs) return
    this.#readAt = now
    const pressure = this.#read()
    const over = Math.floor((now - this.#holdSince) / this.#holdMs)
    if (over < 0) this.#begin(now) // the clock has gone back
    else if (over > 0) {
      if (this.#readings > 0) this.#turn(this.#sum / this.#readings, now)
      const quiet = Math.min(mostHolds, this.#readings > 0 ? over - 1 : over)
      if (pressure <= this.#up) for (let i = 0; i < quiet; i++) this.#turn(0, now)
      this.#begin(now)
    }
    this.#sum += pressure
    this.#readings++
  }

  #begin(now: number): void {
    this.#holdSince = now
    this.#sum = 0
    this.#readings = 0
  }

  #turn(pressure: number, at: number): void {
    const from = this.#name
    this.#pressure = pressure
    if (this.#ladder.turn(pressure)) this.#onChange?.({ from, to: this.#name, pressure, at })
  }
}

function checkNames<Name extends string>(rungs: readonly Name[]): readonly Name[] {
  if (!Array.isArray(rungs) || rungs.length < 2 || rungs.length > 16) {
    throw new RangeError(`rungs: expected 2 to 16 names, got ${Array.isArray(rungs) ? rungs.length : show(rungs)}`)
  }
  for (const name of rungs) {
    // They go out as header fields.
    if (typeof name !== 'string' || !/^[\w.-]{1,64}$/.test(name)) {
      throw new RangeError(`rungs: expected names of letters, digits, dots and dashes, got ${show(name)}`)
    }
  }
  if (new Set(rungs).size < rungs.length)
    throw new RangeError(`rungs: expected different names, got ${rungs.join(', ')}`)
  return [...rungs] as readonly Name[]
}
