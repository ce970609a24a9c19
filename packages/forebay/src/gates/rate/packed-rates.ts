import { roundingMs } from '../ask.ts'

const ways = 8

/**
 * The state of GCRA for a bounded number of keys, 17 bytes each, whatever the keys are.
 *
 *     hash of the key ──> a set of 8 slots       [ h h h h h h h h ]  fingerprints, 64 bits each
 *                                                [ t t t t t t t t ]  theoretical arrival times
 *                                                  f                  floor: the latest time ever put out of this set
 *
 * A slot whose time has passed says what an empty one says, so it is free without anybody clearing it: no timers, no
 * lists, no sweeping. When all eight are in use a newcomer takes the slot of the key that has used least, and the time
 * of that key goes into the floor; whoever enters the set starts no earlier than there. So a key that was put out and
 * comes back finds at least what it had taken: **naming many keys gains nobody a single permit**. The error is on the
 * other side: in a set that is flooded newcomers may start with less than a whole burst.
 *
 * Two keys with equal fingerprints share a rate. The seed is chosen by chance when the gate is made, so that nobody
 * can look for such keys, or for many of one set, beforehand.
 */
export class PackedRates {
  readonly #fingerprints: Uint32Array
  readonly #times: Float64Array
  readonly #floors: Float64Array
  readonly #setMask: number
  readonly #seed: number
  #key: string | undefined
  #low = 0
  #high = 0

  /** Keys that can be told apart at least: `max`, rounded up to eight times a power of two. */
  constructor(max: number, seed: number) {
    const sets = 2 ** Math.ceil(Math.log2(Math.max(1, max / ways)))
    this.#fingerprints = new Uint32Array(sets * ways * 2)
    this.#times = new Float64Array(sets * ways)
    this.#floors = new Float64Array(sets)
    this.#setMask = sets - 1
    this.#seed = seed
  }

  /** Bytes that all keys together take. */
  get bytes(): number {
    return this.#fingerprints.byteLength + this.#times.byteLength + this.#floors.byteLength
  }

  /** Milliseconds that `key` has taken ahead of `now`. */
  takenMs(key: string, now: number): number {
    const slot = this.#slotOf(key)
    const time = slot >= 0 ? (this.#times[slot] as number) : this.#floor
    return Math.max(0, time - now)
  }

  /** Charges `ms` to `key`. */
  take(key: string, ms: number, now: number): void {
    let slot = this.#slotOf(key)
    let from = now
    if (slot < 0) {
      from = Math.max(now, this.#floor)
      slot = this.#leastUsed()
      const time = this.#times[slot] as number
      if (time > now + roundingMs) this.#floors[this.#low & this.#setMask] = Math.max(this.#floor, time)
      this.#fingerprints[slot * 2] = this.#low
      this.#fingerprints[slot * 2 + 1] = this.#high
    } else {
      from = Math.max(now, this.#times[slot] as number)
    }
    this.#times[slot] = from + ms
  }

  /** Gives `ms` back to `key`, if it is still known. */
  giveBack(key: string, ms: number): void {
    const slot = this.#slotOf(key)
    if (slot >= 0) this.#times[slot] = Math.max(this.#floor, (this.#times[slot] as number) - ms)
  }

  get #floor(): number {
    return this.#floors[this.#low & this.#setMask] as number
  }

  #slotOf(key: string): number {
    this.#hash(key)
    const first = (this.#low & this.#setMask) * ways
    for (let slot = first; slot < first + ways; slot++) {
      if (this.#fingerprints[slot * 2] === this.#low && this.#fingerprints[slot * 2 + 1] === this.#high) return slot
    }
    return -1
  }

  #leastUsed(): number {
    const first = (this.#low & this.#setMask) * ways
    let least = first
    for (let slot = first + 1; slot < first + ways; slot++) {
      if ((this.#times[slot] as number) < (this.#times[least] as number)) least = slot
    }
    return least
  }

  /** Two lanes of multiply and rotate over the characters, mixed as by MurmurHash3's finalizer (A. Appleby, public domain). */
  #hash(key: string): void {
    if (key === this.#key) return
    this.#key = key
    let low = this.#seed ^ key.length
    let high = Math.imul(this.#seed, 0x9e3779b1) ^ key.length
    for (let i = 0; i < key.length; i++) {
      const code = key.charCodeAt(i)
      low = Math.imul(((low << 13) | (low >>> 19)) ^ code, 0xcc9e2d51)
      high = Math.imul(((high << 11) | (high >>> 21)) ^ code, 0x1b873593)
    }
    this.#low = mix(low ^ (high >>> 7))
    this.#high = (mix(high ^ low) | 1) >>> 0 // never 0, which stands in a slot that nobody has taken
  }
}

function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
