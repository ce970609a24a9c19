/** Something that happened: drawn on charts, listed under Alerts. Plain data. */
export interface Mark {
  /** Rises by 1 from mark to mark. */
  readonly seq: number
  /** Unix epoch, ms. */
  readonly wall: number
  readonly kind: 'alert' | 'verdict' | 'breaker' | 'incident' | 'deploy' | 'state'
  readonly level: 'info' | 'warn' | 'page'
  readonly text: string
  /** For an alert: which one, and whether it began or ended. */
  readonly alert?: { readonly name: string; readonly state: 'fired' | 'cleared' }
  readonly run?: string
  /** Id of the stage, edge or gate concerned. */
  readonly subject?: string
}

const KEPT = 500

/** The last 500 marks, oldest first. */
export class Marks {
  #marks: Mark[] = []
  #seq = 0

  add(mark: Omit<Mark, 'seq'>): Mark {
    const added = { ...mark, seq: ++this.#seq }
    this.#marks.push(added)
    // Cut in large steps: one copy per 100 marks instead of one per mark.
    if (this.#marks.length > KEPT + 100) this.#marks = this.#marks.slice(-KEPT)
    return added
  }

  all(): readonly Mark[] {
    return this.#marks
  }
}
