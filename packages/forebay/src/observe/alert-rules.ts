import { milliseconds, type Duration } from '../kernel/duration.ts'
import type { GateInspection } from '../kernel/gate.ts'
import { mayLose } from '../kernel/overflow.ts'
import type { Snapshot, StageSnapshot } from '../kernel/snapshot.ts'
import type { Verdict } from '../kernel/verdict/verdict.ts'
import { causeSentence, ringSentence, stallReport } from '../kernel/waits/stall-report.ts'
import { ms, number, percent } from '../kernel/verdict/sentence.ts'

/** How urgent an alert is: `info` is worth a look, `warn` needs somebody today, `page` needs somebody now. */
export type Severity = 'info' | 'warn' | 'page'

/** What a rule looks at: one run now and some seconds ago. */
export interface AlertView {
  readonly before: Snapshot
  readonly after: Snapshot
  /** The steadied verdict, once there is one. */
  readonly verdict: Verdict | undefined
}

/** One thing for which a rule holds. */
export interface AlertMatch {
  /** Id of the stage, edge or gate concerned, or of the run. */
  readonly subject: string
  readonly sentence: string
}

/** When to tell somebody. It fires after it has held for `forMs`, and is resolved after it has not held for `clearMs`. */
export interface AlertRule {
  readonly name: string
  readonly severity: Severity
  readonly forMs: number
  readonly clearMs: number
  check(view: AlertView): AlertMatch[]
}

/** Thresholds of the rules that come with Forebay; see docs/operations/alerts.md for what each means. */
export interface AlertThresholds {
  /** Age of the oldest item of an edge; default 60 s. */
  edgeAge?: Duration
  /** Share of the time a source is held back, 0–1; default 0.5. */
  sourceBlocked?: number
  /** How long a source may be held back so; default 30 s. */
  sourceBlockedFor?: Duration
  /** How long a breaker may stay open; default 5 s. */
  breakerOpenFor?: Duration
  /** Share of the time the event loop is busy, 0–1; default 0.95. */
  loop?: number
  /** How long the event loop may be so busy; default 10 s. */
  loopFor?: Duration
}

const SOON_MS = 1000
/** How long a ring must have stood still that no verdict has found. */
const RING_MS = 5000
const HARMLESS: ReadonlySet<string> = new Set(['permit', 'timer', 'input', 'store'])
/** A count that has stopped growing stays worth knowing for a while. */
const COUNT_CLEAR_MS = 60_000

/** The rules that come with Forebay. */
export function alertRules(thresholds: AlertThresholds = {}): AlertRule[] {
  const edgeAgeMs = milliseconds('edgeAge', thresholds.edgeAge ?? '60s')
  const sourceBlocked = share('sourceBlocked', thresholds.sourceBlocked ?? 0.5)
  const loop = share('loop', thresholds.loop ?? 0.95)
  const held = milliseconds('sourceBlockedFor', thresholds.sourceBlockedFor ?? '30s')
  const open = milliseconds('breakerOpenFor', thresholds.breakerOpenFor ?? '5s')
  const full = milliseconds('loopFor', thresholds.loopFor ?? '10s')
  return [
    { name: 'loss', severity: 'page', forMs: 0, clearMs: COUNT_CLEAR_MS, check: losses },
    { name: 'ledger', severity: 'page', forMs: SOON_MS, clearMs: 10_000, check: imbalance },
    { name: 'stall', severity: 'page', forMs: 0, clearMs: 3000, check: stalls },
    { name: 'failed', severity: 'page', forMs: 0, clearMs: Infinity, check: failures },
    { name: 'dead-letters', severity: 'warn', forMs: 0, clearMs: COUNT_CLEAR_MS, check: deadLetters },
    { name: 'breaker-open', severity: 'warn', forMs: open, clearMs: 3000, check: openBreakers },
    { name: 'edge-age', severity: 'warn', forMs: SOON_MS, clearMs: 5000, check: (view) => oldEdges(view, edgeAgeMs) },
    { name: 'loop-saturated', severity: 'warn', forMs: full, clearMs: 5000, check: (view) => fullLoop(view, loop) },
    {
      name: 'source-blocked',
      severity: 'info',
      forMs: held,
      clearMs: 5000,
      check: (view) => blockedSources(view, sourceBlocked),
    },
  ]
}

function share(option: string, value: number): number {
  if (value > 0 && value <= 1) return value
  throw new RangeError(`${option}: expected a share above 0 and up to 1, got ${String(value)}`)
}

/** Items dropped at an edge whose policy promises to lose none. A run that was told to stop may discard what it held. */
function losses({ before, after }: AlertView): AlertMatch[] {
  if (!isLive(after)) return []
  return after.edges.flatMap((edge) => {
    const old = before.edges.find(({ id }) => id === edge.id)
    const lost = total(edge.dropped) - total(old?.dropped)
    if (lost <= 0 || mayLose(edge.policy)) return []
    const reasons = Object.keys(edge.dropped).join(', ')
    return {
      subject: edge.id,
      sentence: `${counted(lost, 'item')} lost at ${edge.name}, which may lose none (${reasons})`,
    }
  })
}

function imbalance({ after }: AlertView): AlertMatch[] {
  if (after.balanced) return []
  const { carriedIn, in: taken, out, dropped, deadLettered, inFlight, carriedOut } = after.ledger
  const sum = `${carriedIn} carried in + ${taken} in ≠ ${out} out + ${total(dropped)} dropped + ${deadLettered} dead-lettered + ${inFlight} in flight + ${carriedOut} carried out`
  const isTotal = carriedIn + taken === out + total(dropped) + deadLettered + inFlight + carriedOut
  return [
    {
      subject: after.run,
      sentence: `the ledger does not balance: ${isTotal ? 'an account of a stage or an edge' : sum}`,
    },
  ]
}

/** What stands still for a reason that is usually meant, a gate or a timer, is no stall; a ring is one whatever the verdict says. */
function stalls({ before, after, verdict }: AlertView): AlertMatch[] {
  const report = stallReport(after)
  const { rings = [], causes = [] } = report?.graph ?? {}
  const isStill = verdict?.kind === 'stall' || verdict?.kind === 'deadlock'
  const isOld = after.at - before.at >= RING_MS
  const ring = rings.find((members) => members.every(({ stage }) => stands(stage, before, after)))
  if (ring !== undefined && (isStill || isOld)) {
    return [{ subject: ring[0]?.stage ?? after.run, sentence: ringSentence(ring) }]
  }
  if (!isStill) return []
  if (causes.length > 0 && causes.every(({ reason }) => HARMLESS.has(reason))) return []
  const cause = causes.find(({ stage }) => stage === verdict.stage)
  const why = cause === undefined ? '' : ` ${causeSentence(cause, after)}`
  return [{ subject: verdict.stage ?? verdict.run, sentence: `${verdict.sentence}${why}` }]
}

/** Whether a stage has taken and handed on nothing in between. */
function stands(id: string, before: Snapshot, after: Snapshot): boolean {
  const old = before.stages.find((stage) => stage.id === id)
  const now = after.stages.find((stage) => stage.id === id)
  return old !== undefined && old.in === now?.in && old.emitted === now.emitted && old.settled === now.settled
}

function failures({ after }: AlertView): AlertMatch[] {
  return after.state === 'failed' ? [{ subject: after.run, sentence: 'the flow has failed' }] : []
}

function deadLetters({ before, after }: AlertView): AlertMatch[] {
  const more = after.ledger.deadLettered - before.ledger.deadLettered
  if (more <= 0) return []
  const all = `${number(after.ledger.deadLettered)} in all`
  return [
    {
      subject: after.run,
      sentence: `${counted(more, 'record')} went to the dead letters in ${ms(after.at - before.at)}, ${all}`,
    },
  ]
}

function openBreakers({ after }: AlertView): AlertMatch[] {
  return after.gates.flatMap((gate) =>
    breakers(gate)
      .filter(({ state }) => state === 'open' || state === 'half-open')
      .map(({ name, state, retryAfterMs }) => {
        const probe = retryAfterMs > 0 ? `, next probe in ${ms(retryAfterMs)}` : ''
        return { subject: gate.id, sentence: `breaker ${name} is ${state}${probe}` }
      }),
  )
}

function breakers(gate: GateInspection): GateInspection[] {
  return gate.kind === 'breaker' ? [gate] : (gate.parts ?? []).flatMap(breakers)
}

function oldEdges({ after }: AlertView, limitMs: number): AlertMatch[] {
  return after.edges
    .filter(({ oldestMs, length }) => length > 0 && oldestMs >= limitMs)
    .map(({ id, name, oldestMs, length }) => ({
      subject: id,
      sentence: `the oldest of ${counted(length, 'item')} at ${name} has waited ${ms(oldestMs)}`,
    }))
}

function fullLoop({ before, after, verdict }: AlertView, limit: number): AlertMatch[] {
  const active = after.loop.activeMs - before.loop.activeMs
  const idle = after.loop.idleMs - before.loop.idleMs
  if (active + idle <= 0 || active / (active + idle) < limit) return []
  const said =
    verdict?.kind === 'loop' ? verdict.sentence : `the event loop is ${percent(active / (active + idle))} busy`
  return [{ subject: after.run, sentence: said }]
}

function blockedSources({ before, after, verdict }: AlertView, limit: number): AlertMatch[] {
  const fed = new Set(after.edges.map(({ to }) => to))
  const cause = verdict?.blocks.length === 0 ? undefined : verdict?.sentence
  return after.stages.flatMap((stage) => {
    const held = fed.has(stage.id) ? 0 : blockedShare(before, stage, after.at - before.at)
    if (held < limit) return []
    const why = cause === undefined ? '' : `: ${cause}`
    return { subject: stage.id, sentence: `${stage.name} is held back ${percent(held)} of the time${why}` }
  })
}

function blockedShare(before: Snapshot, stage: StageSnapshot, windowMs: number): number {
  const old = before.stages.find(({ id }) => id === stage.id)
  return windowMs > 0 ? (stage.blockedMs - (old?.blockedMs ?? 0)) / (windowMs * Math.max(1, stage.slots)) : 0
}

function isLive({ state }: Snapshot): boolean {
  return state === 'running' || state === 'draining' || state === 'done'
}

/** `1 record`, `1,200 records`. */
function counted(count: number, what: string): string {
  return `${number(count)} ${what}${count === 1 ? '' : 's'}`
}

function total(counts: Readonly<Record<string, number>> | undefined): number {
  return Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0)
}
