import type { GateInspection, Snapshot } from 'forebay/observe'
import type { Chart, Line, Pair } from './charts.ts'
import { pairsOf } from './charts.ts'
import { total } from './flow-picture.ts'
import type { Sample } from './moments.ts'

/** Limits from here on mean that there is none. */
export const unbounded = 1e9
const mostReasons = 5
const tones = ['orange', 'violet', 'sky', 'rust', 'grey'] as const

export interface GateCharts {
  /** The limit, and what is used of it; of a rate, what was let in a second. */
  readonly use: Chart
  readonly line: Chart
  readonly age: Chart
  /** Refused a second by reason, each on top of the next. */
  readonly sheds: Chart
  readonly breakers: readonly Band[]
}

/** The states of a breaker over the time shown. */
export interface Band {
  readonly name: string
  readonly spans: readonly Span[]
}

/** Seconds since 1970. */
export interface Span {
  readonly state: GateInspection['state']
  readonly from: number
  readonly to: number
}

/** What one gate did in the samples in view, oldest first. */
export function gateCharts(samples: readonly Sample[], run: string, id: string): GateCharts {
  const { x, pairs } = pairsOf(samples, run)
  const now = gateIn(pairs.at(-1)?.after, id)
  const each = (value: (gate: GateInspection) => number | null): (number | null)[] =>
    pairs.map(({ after }) => {
      const gate = gateIn(after, id)
      return gate === undefined ? null : value(gate)
    })
  const isPace = now?.unit === 'permits/s'
  const used = isPace
    ? pairs.map((pair) => perSecond(pair, id, ({ admitted }) => admitted))
    : each(({ inUse }) => inUse)
  const limit: Line = { label: 'limit', tone: 'orange', dashed: true, y: each((gate) => bounded(gate.limit)) }
  return {
    use: {
      x,
      lines: [
        ...(limit.y.some((value) => value !== null) ? [limit] : []),
        { label: isPace ? 'let in' : 'in use', tone: 'blue', y: used },
      ],
    },
    line: { x, lines: [{ label: 'waiting', tone: 'violet', y: each(({ waiting }) => waiting) }] },
    age: { x, lines: [{ label: 'oldest', tone: 'violet', y: each(({ oldestWaitMs }) => oldestWaitMs) }] },
    sheds: { x, lines: stacked(pairs, id) },
    breakers: bands(x, pairs, id, now),
  }
}

function gateIn(snapshot: Snapshot | undefined, id: string): GateInspection | undefined {
  return snapshot?.gates.find((gate) => gate.id === id)
}

function bounded(limit: number): number | null {
  return limit < unbounded ? limit : null
}

function perSecond(
  { before, after, seconds }: Pair,
  id: string,
  count: (gate: GateInspection) => number,
): number | null {
  const now = gateIn(after, id)
  if (now === undefined || seconds <= 0) return null
  const then = gateIn(before, id)
  return Math.max(0, count(now) - (then === undefined ? 0 : count(then))) / seconds
}

/** The highest of the stack comes first, so that the others are drawn over it. */
function stacked(pairs: readonly Pair[], id: string): Line[] {
  const last = gateIn(pairs.at(-1)?.after, id)?.sheds ?? {}
  const first = gateIn(pairs[0]?.before, id)?.sheds ?? {}
  const reasons = Object.keys(last)
    .filter((reason) => last[reason]! > (first[reason] ?? 0))
    .toSorted((a, b) => last[b]! - last[a]!)
  const shown = reasons.slice(0, mostReasons)
  const lines: Line[] = []
  let below: readonly (number | null)[] = pairs.map(() => 0)
  shown.forEach((reason, i) => {
    const told = pairs.map((pair) => perSecond(pair, id, ({ sheds }) => sheds[reason] ?? 0))
    const y = told.map((value, at) => (value === null ? null : value + (below[at] ?? 0)))
    lines.unshift({ label: reason, tone: tones[i]!, isArea: true, told, y })
    below = y
  })
  return lines
}

function bands(
  x: readonly number[],
  pairs: readonly Pair[],
  id: string,
  now: GateInspection | undefined,
): readonly Band[] {
  return breakersIn(now).map(({ name }) => {
    const spans: Span[] = []
    pairs.forEach(({ after }, i) => {
      const state = breakersIn(gateIn(after, id)).find((breaker) => breaker.name === name)?.state
      const at = x[i]!
      const last = spans.at(-1)
      if (state === undefined) return
      if (last?.state === state) spans[spans.length - 1] = { ...last, to: at }
      else {
        if (last !== undefined) spans[spans.length - 1] = { ...last, to: at }
        spans.push({ state, from: at, to: at })
      }
    })
    return { name, spans }
  })
}

function breakersIn(gate: GateInspection | undefined): readonly GateInspection[] {
  if (gate === undefined) return []
  return [gate, ...(gate.parts ?? [])].filter(({ kind }) => kind === 'breaker')
}

/** Whether a gate has ever refused anybody: aborted callers left by themselves. */
export function refusedOf({ sheds }: GateInspection): number {
  return total(sheds) - (sheds['aborted'] ?? 0)
}
