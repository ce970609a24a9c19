import type { GateInspection } from '../gate.ts'
import type { GateSnapshot } from '../snapshot.ts'

/** What one gate did between two snapshots. */
export interface GateView {
  readonly gate: GateSnapshot
  readonly admittedRate: number
  /** The part of a composite that is its limit: the one that let nobody in for most of the time in which somebody waited. */
  readonly part: GateInspection | undefined
}

export function gateView(before: GateSnapshot | undefined, gate: GateSnapshot, windowMs: number): GateView {
  let longestMs = 0
  let part: GateInspection | undefined
  gate.parts?.forEach((candidate, i) => {
    const ms = (gate.withheldMs?.[i] ?? 0) - (before?.withheldMs?.[i] ?? 0)
    // Keys of a keyed gate are no parts of it, and a breaker is no limit: it is named by its state.
    if (gate.kind !== 'composite' || candidate.kind === 'breaker' || ms <= longestMs) return
    longestMs = ms
    part = candidate
  })
  return { gate, admittedRate: ((gate.admitted - (before?.admitted ?? 0)) * 1000) / windowMs, part }
}
