import type { Moment, ScaleReport, Snapshot } from 'forebay/observe'
import type { Pane } from '../../console-source.ts'

export interface Sample extends Moment {
  readonly panes?: readonly Pane[]
  /** What an autoscaler is told of each run, where that was said. */
  readonly scales?: ReadonlyMap<string, ScaleReport>
  /** What the process of the flow uses of its heap, MB. */
  readonly heapMb?: number
}

const keptMs = 600_000
const fineLimit = 240
const coarseLimit = 600
const coarseMs = 1000

/**
 * The samples that the page keeps: the last minute as it came, four a second, and one a second up to ten minutes
 * behind it. At most 840.
 */
export class Moments {
  #coarse: Sample[] = []
  #fine: Sample[] = []

  get last(): Sample | undefined {
    return this.#fine.at(-1) ?? this.#coarse.at(-1)
  }

  get first(): Sample | undefined {
    return this.#coarse[0] ?? this.#fine[0]
  }

  add(sample: Sample): void {
    if (sample.wall <= (this.last?.wall ?? 0)) return
    this.#fine.push(sample)
    if (this.#fine.length > fineLimit) {
      const oldest = this.#fine.shift()!
      if (oldest.wall - (this.#coarse.at(-1)?.wall ?? 0) >= coarseMs) this.#coarse.push(oldest)
    }
    while (this.#coarse.length > coarseLimit || (this.#coarse[0]?.wall ?? sample.wall) < sample.wall - keptMs)
      this.#coarse.shift()
  }

  /** Puts what the server kept around what came since; samples that are here already stay. */
  addHistory(samples: readonly Sample[]): void {
    const known = new Set([...this.#coarse, ...this.#fine].map(({ wall }) => Math.round(wall / coarseMs)))
    const missing = samples.filter(({ wall }) => !known.has(Math.round(wall / coarseMs)))
    const from = this.#fine[0]?.wall ?? Number.POSITIVE_INFINITY
    const older = [...this.#coarse, ...missing.filter(({ wall }) => wall < from)]
    this.#coarse = older.toSorted((a, b) => a.wall - b.wall).slice(-coarseLimit)
    const newer = missing.filter(({ wall }) => wall >= from)
    this.#fine = [...this.#fine, ...newer].toSorted((a, b) => a.wall - b.wall).slice(-fineLimit)
  }

  /** Oldest first, from `wall` on. */
  since(wall: number): Sample[] {
    return [...this.#coarse, ...this.#fine].filter((sample) => sample.wall >= wall)
  }

  /** The newest sample that is not younger than `wall`; the oldest when all are. */
  at(wall: number): Sample | undefined {
    const rows = (this.#fine[0]?.wall ?? Number.POSITIVE_INFINITY) <= wall ? this.#fine : this.#coarse
    let low = 0
    let high = rows.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (rows[middle]!.wall <= wall) low = middle
      else high = middle - 1
    }
    return rows[low] ?? this.first
  }
}

/** The snapshot of `run` in a sample. */
export function snapshotOf(sample: Sample | undefined, run: string): Snapshot | undefined {
  return sample?.snapshots.find((snapshot) => snapshot.run === run)
}
