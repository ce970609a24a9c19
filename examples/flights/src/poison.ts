import type { Flight } from './flight.ts'

/** One flight in so many is poisoned. */
export const POISON_ONE_IN = 10_000

/** Whether the flight with this id is poisoned under `seed`: the same answer in every process. */
export function isPoisoned(id: number, seed: number): boolean {
  // Finalizer of MurmurHash3 (Austin Appleby, public domain): every bit of the id moves every bit of the hash.
  let hash = Math.imul(id ^ seed, 0x9e3779b1) >>> 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) >>> 0
  return ((hash ^ (hash >>> 16)) >>> 0) % POISON_ONE_IN === 0
}

/** The flight spoiled so that no service can ever enrich it: an airport nobody has, or a distance below zero. */
export function poison(flight: Flight): Flight {
  return flight.id % 2 === 0 ? { ...flight, origin: '???' } : { ...flight, distance: -1 }
}
