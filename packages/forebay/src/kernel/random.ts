/** Where all chance comes from: numbers in [0, 1). */
export interface Random {
  next(): number
}

/** The runtime's own generator. */
export const systemRandom: Random = { next: () => Math.random() }

/**
 * A repeatable generator: the same seed gives the same numbers on every runtime.
 * Algorithm: mulberry32 (Tommy Ettinger, public domain), 32 bits of state.
 */
export function seededRandom(seed: number): Random {
  let state = seed | 0 // signed, since V8 keeps 32 bits without a sign as a double of their own
  return {
    next: () => {
      state = (state + 0x6d2b79f5) | 0
      let mixed = Math.imul(state ^ (state >>> 15), state | 1)
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
    },
  }
}
