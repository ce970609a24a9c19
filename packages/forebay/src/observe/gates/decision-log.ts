import type { GateDecision } from '../../kernel/gate.ts'

/** Decisions within this are told as one, if they are alike. */
const alikeMs = 1000
/** So many kinds of refusal may alternate and still be told as one each. */
const lookBack = 16

interface Entry {
  readonly like: string
  readonly kind: GateDecision['kind']
  readonly since: number
  wall: number
  text: string
  count: number
}

/**
 * The newest decisions of a gate: so many refusals, and so many changes of it beside them, which a storm of refusals
 * must not wash away. Alike are those of the same reason, part, level and caller; the text is that of the last.
 */
export class DecisionLog {
  readonly #max: number
  readonly #refusals: Entry[] = [] // bounded by max
  readonly #changes: Entry[] = [] // bounded by max

  constructor(max: number) {
    this.#max = max
  }

  refused(like: string, text: string, wall: number): void {
    const entries = this.#refusals
    const last = Math.max(0, entries.length - lookBack)
    for (let i = entries.length - 1; i >= last; i--) {
      const entry = entries[i] as Entry
      if (entry.like !== like || wall - entry.since >= alikeMs || wall < entry.since) continue
      entry.count++
      entry.wall = wall
      entry.text = text
      return
    }
    this.#push(entries, { like, kind: 'shed', since: wall, wall, text, count: 1 })
  }

  changed(kind: GateDecision['kind'], text: string, wall: number): void {
    this.#push(this.#changes, { like: '', kind, since: wall, wall, text, count: 1 })
  }

  /** Newest first. */
  newest(): GateDecision[] {
    const all = [...this.#refusals, ...this.#changes].sort((a, b) => b.wall - a.wall)
    return all.map(({ wall, kind, text, count }) => ({ wall, kind, text, count }))
  }

  #push(entries: Entry[], entry: Entry): void {
    if (entries.length >= this.#max) entries.shift()
    entries.push(entry)
  }
}
