import type { Snapshot } from '../snapshot.ts'
import { findings, type Finding, type VerdictKind, type VerdictOptions } from './finding.ts'
import { flowView, heldAt, type FlowView, type StageView } from './flow-view.ts'
import { sentence } from './sentence.ts'
import { BLOCKED } from './walk.ts'
import { whatIf, type WhatIf } from './what-if.ts'

/** What limits a flow at this moment, in one sentence and in figures. Plain data. */
export interface Verdict {
  readonly kind: VerdictKind
  readonly flow: string
  readonly run: string
  /** The time of the later snapshot on the run's clock, ms. */
  readonly at: number
  /** The time between the two snapshots, ms. */
  readonly windowMs: number
  /** Plain English, the same in the console, the terminal, logs and alerts. */
  readonly sentence: string
  /** Id of the stage that is named. */
  readonly stage?: string | undefined
  /** Id of the gate that is named. */
  readonly gate?: string | undefined
  /** Id of the last edge walked: the one at which the named stage is waited for. */
  readonly edge?: string | undefined
  /** Operator that uses most of the event loop. */
  readonly operator?: string | undefined
  /** Stage ids from where the waiting begins to its cause, in order; for a deadlock the ring. */
  readonly path: readonly string[]
  /** Whom it holds back, worst first, at most 8. */
  readonly blocks: readonly Blocked[]
  readonly evidence: Evidence
  readonly whatIf?: WhatIf | undefined
  /** What edges throw away, largest rate first, at most 8. */
  readonly losses: readonly Loss[]
  /** From 0 to 1: how much of the window the sentence explains. */
  readonly confidence: number
  /** Limits of other parts of the flow, at most 3. */
  readonly also: readonly { readonly kind: VerdictKind; readonly id: string; readonly name: string }[]
}

/** A stage that waits, and the share of its slot time it waits. */
export interface Blocked {
  readonly stage: string
  readonly name: string
  readonly share: number
}

/** Items thrown away by an edge's policy. */
export interface Loss {
  readonly edge: string
  readonly name: string
  readonly policy: string
  readonly perSecond: number
  /** Of what was offered, 0–1. */
  readonly share: number
}

/** The figures behind a sentence. Shares are of slot time, 0–1; rates per second. */
export interface Evidence {
  readonly busy: number
  readonly blocked: number
  readonly starved: number
  readonly gated: number
  readonly slots: number
  /** Items per second through the named stage. */
  readonly rate: number
  /** Share of the window in which the event loop was busy, where it is known. */
  readonly loop?: number | undefined
  /** Share of the event loop that the named operator used. */
  readonly loopShare?: number | undefined
  /** Items held in front of the named stage, and how long the oldest has waited, ms. */
  readonly held: number
  readonly oldestMs: number
}

/**
 * Says what limits a flow, from two snapshots of one run. Pure and deterministic, O(stages + edges).
 *
 * It follows the waiting: from each source downstream along the edge that holds its producer back most, to the
 * stage that nothing holds back. That one is busy (the bottleneck), waits for permits (the gate is the limit) or
 * starves on another input (the walk goes on upstream there). A ring in which nothing moves is a deadlock; when
 * nothing waits, the input is the limit. A saturated event loop goes before any stage, because synchronous
 * stages share it and wall time alone blames the wrong one.
 *
 * Throws `RangeError` when the snapshots are of different runs or not in order. With no time between them
 * the answer is `calm`.
 */
export function verdict(before: Snapshot, after: Snapshot, options: VerdictOptions = {}): Verdict {
  if (before.run !== after.run || after.at < before.at) {
    throw new RangeError(
      `verdict: expected two snapshots of one run in order, got ${before.run} at ${before.at} and ${after.run} at ${after.at}`,
    )
  }
  const view = flowView(before, after)
  const isOver = after.state !== 'running' && after.state !== 'draining'
  const all: Finding[] = isOver || view.windowMs <= 0 ? [] : findings(view, options)
  const found = all[0] ?? { kind: isOver ? 'done' : 'calm', weight: 0, confidence: 1 }
  return report(view, found, all.slice(1, 4))
}

function report(view: FlowView, found: Finding, others: readonly Finding[]): Verdict {
  const { after, windowMs } = view
  const { kind, view: stage, gate, operator, walk, confidence } = found
  const blocked = blockedBy(view, found)
  const gain = whatIf(view, found)
  const edge = walk?.edges.at(-1)?.edge.id
  return {
    kind,
    flow: after.flow,
    run: after.run,
    at: after.at,
    windowMs,
    sentence: sentence(view, found, blocked, gain),
    stage: stage?.stage.id,
    gate: gate?.gate.id,
    edge,
    operator: operator?.name,
    path: ((kind === 'deadlock' ? walk?.ring : walk?.path) ?? []).map((member) => member.stage.id),
    blocks: blocked.slice(0, 8).map((member) => ({
      stage: member.stage.id,
      name: member.stage.name,
      share: member.blocked,
    })),
    evidence: evidence(view, found),
    whatIf: gain,
    losses: losses(view),
    confidence,
    also: others.flatMap((other) => {
      if (other.view === undefined || other.kind === 'calm' || other.kind === 'input') return []
      const named = other.gate?.gate ?? other.view.stage
      return [{ kind: other.kind, id: named.id, name: named.name }]
    }),
  }
}

/** The stages of the walk that wait, nearest to the cause first. */
function blockedBy(view: FlowView, { view: cause, walk, kind }: Finding): StageView[] {
  if (kind === 'input') return []
  const waiting = kind === 'loop' ? view.stages : (walk?.path ?? [])
  return waiting
    .filter((member) => member !== cause && member.blocked >= BLOCKED)
    .toSorted((a, b) => b.blocked - a.blocked)
}

function evidence(view: FlowView, { view: stage, operator }: Finding): Evidence {
  const { busy = 0, blocked = 0, starved = 0, gated = 0, rate = 0 } = (stage ?? {}) as Partial<StageView>
  return {
    busy,
    blocked,
    starved,
    gated,
    slots: stage?.stage.slots ?? 0,
    rate,
    loop: view.loop,
    loopShare: operator?.cpu,
    ...heldAt(stage),
  }
}

function losses(view: FlowView): Loss[] {
  return view.edges
    .filter(({ dropRate }) => dropRate > 0)
    .toSorted((a, b) => b.dropRate - a.dropRate)
    .slice(0, 8)
    .map(({ edge, dropRate, putRate }) => ({
      edge: edge.id,
      name: edge.name,
      policy: edge.policy,
      perSecond: dropRate,
      // What is dropped after nothing has been put any more is all of nothing.
      share: Math.min(1, dropRate / putRate),
    }))
}
