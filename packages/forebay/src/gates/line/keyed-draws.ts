import type { Random } from '../../kernel/random.ts'

/**
 * Numbers that look like chance and are always the same ones for a text, which nobody can tell without the seed.
 *
 * HalfSipHash-1-3 (Aumasson and Bernstein, SipHash, 2012), which goes on giving words of 32 bits.
 */
export class KeyedDraws {
  readonly #k0: number
  readonly #k1: number
  #v0 = 0
  #v1 = 0
  #v2 = 0
  #v3 = 0

  constructor(random: Random) {
    this.#k0 = (random.next() * 2 ** 32) | 0
    this.#k1 = (random.next() * 2 ** 32) | 0
  }

  /** Begins the numbers of `text`. */
  start(text: string): void {
    this.#v0 = this.#k0
    this.#v1 = this.#k1 ^ 0xee
    this.#v2 = this.#k0 ^ 0x6c796765
    this.#v3 = this.#k1 ^ 0x74656462
    for (let i = 0; i + 1 < text.length; i += 2) this.#absorb(text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16))
    const isOdd = text.length % 2 === 1
    this.#absorb(isOdd ? text.charCodeAt(text.length - 1) | 0x10000 : 0)
    this.#v2 ^= 0xee
  }

  /** The next number, from 0 to `below` − 1. */
  draw(below: number): number {
    for (let i = 0; i < 3; i++) this.#round()
    const word = (this.#v1 ^ this.#v3) >>> 0
    this.#v1 ^= 0xdd
    return Math.floor((word / 2 ** 32) * below)
  }

  #absorb(word: number): void {
    this.#v3 ^= word
    this.#round()
    this.#v0 ^= word
  }

  #round(): void {
    let v0 = this.#v0
    let v1 = this.#v1
    let v2 = this.#v2
    let v3 = this.#v3
    v0 = (v0 + v1) | 0
    v1 = rotated(v1, 5) ^ v0
    v0 = rotated(v0, 16)
    v2 = (v2 + v3) | 0
    v3 = rotated(v3, 8) ^ v2
    v0 = (v0 + v3) | 0
    v3 = rotated(v3, 7) ^ v0
    v2 = (v2 + v1) | 0
    v1 = rotated(v1, 13) ^ v2
    v2 = rotated(v2, 16)
    this.#v0 = v0
    this.#v1 = v1
    this.#v2 = v2
    this.#v3 = v3
  }
}

function rotated(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}
