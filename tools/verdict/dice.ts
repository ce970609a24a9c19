import { seededRandom } from '../../packages/forebay/src/kernel/random.ts'

/** Repeatable choices. */
export interface Dice {
  /** A whole number from `least` to `most`. */
  int(least: number, most: number): number
  between(least: number, most: number): number
  chance(share: number): boolean
  pick<T>(from: readonly T[]): T
}

export function dice(seed: number): Dice {
  const random = seededRandom(seed)
  return {
    int: (least, most) => least + Math.floor(random.next() * (most - least + 1)),
    between: (least, most) => least + random.next() * (most - least),
    chance: (share) => random.next() < share,
    pick: (from) => from[Math.floor(random.next() * from.length)]!,
  }
}
