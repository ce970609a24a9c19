/** What one run wants of memory that is shared. */
export interface Wanted {
  /** 0 is served first, 3 last. */
  readonly level: number
  readonly weight: number
  /** Bytes beyond its guarantee; `Infinity` when it waits for more than it has. */
  readonly bytes: number
}

/** How many bytes each unit of weight may hold beyond its guarantee, for levels 0 to 3. */
export type MemoryLine = readonly [number, number, number, number]

/** Everybody may hold what there is. */
export const openLine: MemoryLine = [Infinity, Infinity, Infinity, Infinity]

/**
 * Parts `bytes` by level, and within a level so that who wants little gets it and the others get equal amounts for
 * equal weights: weighted max–min fairness by progressive filling (Bertsekas and Gallager, Data Networks, 1992, §6.5.2).
 * A level in which somebody wants more than there is leaves nothing to those below. Sorts `wanted`.
 */
export function memoryLine(bytes: number, wanted: Wanted[]): MemoryLine {
  let left = bytes
  wanted.sort((a, b) => a.bytes / a.weight - b.bytes / b.weight)
  const fill = (level: number): number => {
    if (left <= 0) return 0
    const own = wanted.filter((want) => want.level === level)
    let weights = own.reduce((sum, { weight }) => sum + weight, 0)
    for (const want of own) {
      const line = left / weights
      if (want.bytes > want.weight * line) {
        left = 0
        return line
      }
      left -= want.bytes
      weights -= want.weight
    }
    return Infinity
  }
  return [fill(0), fill(1), fill(2), fill(3)]
}
