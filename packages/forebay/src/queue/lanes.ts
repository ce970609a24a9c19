import type { Level } from '../kernel/gate.ts'

/**
 * Lane numbers, as journals store them. Each level has 64 lanes of ready messages: lane 0 for messages without
 * a group, the others for groups, by hash.
 *
 *      0 …  63   level 0        256   later: delayed puts, and retries without a key
 *     64 … 127   level 1        257   held: retries with a key, which keep that key waiting
 *    128 … 191   level 2        258   dead letters
 *    192 … 255   level 3
 */
export const LANES_PER_LEVEL = 64
export const READY_LANES: number = 4 * LANES_PER_LEVEL
export const LATER = 256
export const HELD = 257
export const DEAD = 258

export function readyLane(level: Level, group: string | undefined): number {
  return level * LANES_PER_LEVEL + (group === undefined ? 0 : 1 + (hash(group) % (LANES_PER_LEVEL - 1)))
}

/** FNV-1a, 32 bits. Stored data depends on it: it never changes. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}
