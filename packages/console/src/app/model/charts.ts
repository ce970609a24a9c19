import type { GateInspection, Snapshot } from 'forebay/observe'
import { edgeFill, total } from './flow-picture.ts'
import type { Sample } from './moments.ts'
import { snapshotOf } from './moments.ts'
import { between, quantile } from './quantile.ts'

/** A line of a chart. `y` is parallel to the chart's `x`; `null` where there is nothing to say. */
export interface Line {
  readonly label: string
  readonly tone: 'blue' | 'orange' | 'violet' | 'grey' | 'sky' | 'rust'
  readonly dashed?: boolean
  /** Fills what is below it, for areas that stand on each other. */
  readonly isArea?: boolean
  /** What is told of it where that is not `y`: of an area, its own height. */
  readonly told?: readonly (number | null)[]
  readonly y: readonly (number | null)[]
}

export interface Chart {
  /** Seconds since 1970. */
  readonly x: readonly number[]
  readonly lines: readonly Line[]
}

export interface Charts {
  readonly throughput: Chart
  readonly levels: Chart
  readonly latency: Chart
  readonly losses: Chart
}

/** Rates and quantiles look back over at least this much, or they would show the sampling. */
const lookBackMs = 1500
const maxEdges = 3
const maxReasons = 4

export interface Pair {
  readonly before: Snapshot
  readonly after: Snapshot
  readonly seconds: number
}

/** The four charts of one run, from the samples in view, oldest first. `focus` is the stage whose service time is drawn. */
export function charts(samples: readonly Sample[], run: string, focus: string | undefined): Charts {
  const { x, pairs } = pairsOf(samples, run)
  const last = pairs.at(-1)?.after
  return {
    throughput: { x, lines: throughput(pairs) },
    levels: { x, lines: last === undefined ? [] : levels(pairs, last) },
    latency: { x, lines: latency(pairs, focus) },
    losses: { x, lines: losses(pairs) },
  }
}

/** The samples in view, each beside one far enough before it to take rates from. */
export function pairsOf(samples: readonly Sample[], run: string): { x: number[]; pairs: Pair[] } {
  const rows = eachSecond(samples).flatMap((sample) => {
    const snapshot = snapshotOf(sample, run)
    return snapshot === undefined ? [] : [{ wall: sample.wall, snapshot }]
  })
  let behind = 0
  const pairs = rows.map(({ snapshot: after }): Pair => {
    while (behind < rows.length - 1 && after.at - rows[behind + 1]!.snapshot.at >= lookBackMs) behind++
    const before = rows[behind]!.snapshot
    return { before, after, seconds: (after.at - before.at) / 1000 }
  })
  return { x: rows.map(({ wall }) => wall / 1000), pairs }
}

/** The first sample of each second, and the newest: a chart with two densities looks like two behaviours. */
function eachSecond(samples: readonly Sample[]): Sample[] {
  let last = Number.NaN
  return samples.filter(({ wall }, i) => {
    const second = Math.floor(wall / 1000)
    const isFirst = second !== last
    last = second
    return isFirst || i === samples.length - 1
  })
}

function each(pairs: readonly Pair[], value: (pair: Pair) => number | null): (number | null)[] {
  return pairs.map((pair) => {
    const y = pair.seconds > 0 ? value(pair) : null
    return y === null || !Number.isFinite(y) ? null : y
  })
}

function throughput(pairs: readonly Pair[]): Line[] {
  const rate = (key: 'in' | 'out') =>
    each(pairs, ({ before, after, seconds }) => Math.max(0, after.ledger[key] - before.ledger[key]) / seconds)
  return [
    { label: 'in', tone: 'blue', y: rate('in') },
    { label: 'out', tone: 'orange', dashed: true, y: rate('out') },
  ]
}

/** The edges that got fullest, the permits in use of the first limit, and the slots of the first stage that follows the load: all as a share of their bound. */
function levels(pairs: readonly Pair[], last: Snapshot): Line[] {
  const peaks = last.edges.map((edge, i) => ({
    edge,
    i,
    peak: pairs.reduce(
      (most, { after }) => Math.max(most, after.edges[i] === undefined ? 0 : edgeFill(after.edges[i])),
      0,
    ),
  }))
  const fullest = peaks.filter(({ peak }) => peak >= 0.01).toSorted((a, b) => b.peak - a.peak)
  const tones = ['blue', 'sky', 'grey'] as const
  const follows = last.stages.findIndex(({ scale }) => scale !== undefined)
  const lines = fullest.slice(0, follows < 0 ? maxEdges : maxEdges - 1).map(({ edge, i }, n): Line => {
    const y = each(pairs, ({ after }) => (after.edges[i]?.id === edge.id ? edgeFill(after.edges[i]) * 100 : null))
    return { label: edge.name, tone: tones[n]!, dashed: n > 0, y }
  })
  if (follows >= 0) {
    const y = each(pairs, ({ after }) => {
      const { slots = 0, scale } = after.stages[follows] ?? {}
      return scale === undefined ? null : (100 * slots) / scale.max
    })
    lines.push({ label: `${last.stages[follows]!.name}: slots`, tone: 'rust', y })
  }
  const gate = last.gates.findIndex((candidate) => limitIn(candidate) !== undefined)
  if (gate < 0) return lines
  const y = each(pairs, ({ after }) => {
    const limit = limitIn(after.gates[gate])
    return limit === undefined ? null : (100 * limit.inUse) / Math.max(1, limit.limit)
  })
  return [...lines, { label: limitIn(last.gates[gate])!.name, tone: 'violet', y }]
}

/** The first part of a gate that limits how much is in flight. */
function limitIn(gate: GateInspection | undefined): GateInspection | undefined {
  if (gate === undefined) return undefined
  if (gate.kind === 'limit') return gate
  return (gate.parts ?? []).map(limitIn).find((part) => part !== undefined)
}

function latency(pairs: readonly Pair[], focus: string | undefined): Line[] {
  const service = (share: number) =>
    each(pairs, ({ before, after }) => {
      const i = after.stages.findIndex((stage) => stage.id === focus)
      if (i < 0) return null
      return floor(quantile(between(before.stages[i]?.service, after.stages[i]!.service), share))
    })
  const age = each(pairs, ({ after }) => oldest(after))
  return [
    { label: 'oldest held', tone: 'orange', y: age },
    ...(focus === undefined
      ? []
      : ([
          { label: 'p99', tone: 'violet', y: service(0.99) },
          { label: 'p50', tone: 'violet', dashed: true, y: service(0.5) },
        ] as const)),
  ]
}

function oldest({ edges }: Snapshot): number | null {
  const age = Math.max(0, ...edges.map((edge) => edge.oldestMs))
  return age > 0 ? floor(age) : null
}

/** The axis is logarithmic: it has no zero. */
function floor(ms: number): number | null {
  return Number.isNaN(ms) ? null : Math.max(0.1, ms)
}

/** What was dropped, refused or failed a second, by reason; the reasons that happened most. */
function losses(pairs: readonly Pair[]): Line[] {
  const totals = pairs.map(({ before, after, seconds }) => ({
    before: reasons(before),
    after: reasons(after),
    seconds,
  }))
  const last = totals.at(-1)?.after ?? {}
  const first = totals[0]?.before ?? {}
  const most = Object.keys(last)
    .map((reason) => ({ reason, n: last[reason]! - (first[reason] ?? 0) }))
    .toSorted((a, b) => b.n - a.n)
    .slice(0, maxReasons)
  const tones = ['orange', 'violet', 'grey', 'rust'] as const
  return most.map(({ reason }, n) => ({
    label: reason,
    tone: tones[n]!,
    dashed: n > 1,
    y: totals.map(({ before, after, seconds }) =>
      seconds > 0 ? Math.max(0, (after[reason] ?? 0) - (before[reason] ?? 0)) / seconds : null,
    ),
  }))
}

function reasons(snapshot: Snapshot): Record<string, number> {
  const sum: Record<string, number> = {}
  const add = (counts: Readonly<Record<string, number>>, prefix: string): void => {
    for (const [reason, n] of Object.entries(counts)) sum[prefix + reason] = (sum[prefix + reason] ?? 0) + n
  }
  for (const edge of snapshot.edges) add(edge.dropped, '')
  for (const gate of snapshot.gates) add(gate.sheds, 'shed ')
  const failed = snapshot.stages.reduce((n, stage) => n + stage.failed, 0)
  if (failed > 0) add({ failed }, '')
  for (const stage of snapshot.stages) if (total(stage.discarded) > 0) add(stage.discarded, '')
  return sum
}
