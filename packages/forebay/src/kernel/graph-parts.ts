import type { RunningSource } from './graph.ts'
import type { Segment } from './segment.ts'

/** What a run has to cancel and to stop. */
export class GraphParts {
  readonly segments: Set<Segment> = new Set()
  readonly sources: Set<RunningSource> = new Set()
  readonly #stoppers = new Set<() => void>()
  #isStopped = false
  /** Ways to remove what {@link scope} adds. */
  #removals: (() => void)[] | undefined

  addSegment(segment: Segment): void {
    this.segments.add(segment)
    this.#removals?.push(() => this.segments.delete(segment))
  }

  addSource(source: RunningSource): void {
    this.sources.add(source)
    this.#removals?.push(() => this.sources.delete(source))
  }

  addStopper(stop: () => void): void {
    this.#stoppers.add(stop)
    this.#removals?.push(() => this.#stoppers.delete(stop))
  }

  /** Ends every source as if its data had ended. */
  stop(): void {
    this.#isStopped = true
    for (const stop of this.#stoppers) stop()
  }

  /** Calls `build`; what is returned removes what it has added. Nothing is kept of what throws. */
  scope(build: () => void): () => void {
    const removals: (() => void)[] = (this.#removals = [])
    const before = this.#stoppers.size
    const forget = (): void => {
      for (const remove of removals) remove()
    }
    try {
      build()
    } catch (error) {
      forget()
      throw error
    } finally {
      this.#removals = undefined
    }
    // The run drains: what was added now takes nothing in either.
    if (this.#isStopped) for (const stop of [...this.#stoppers].slice(before)) stop()
    return forget
  }
}
