import type { CallerCounts, GateInspection, GateNotes } from '../../kernel/gate.ts'
import { labelValue, type Exposition, type Labels } from '../exposition.ts'
import { addBounded, byReason, unique } from '../series.ts'

/** A caller with less of all asks than this has no label of its own: keys that come once must not leave series for ever. */
const LEAST_SHARE = 0.01

/** One gate, its line, its parts that are breakers or find themselves, and what was noted of it. */
export function writeGate(out: Exposition, labels: Labels, gate: GateInspection): void {
  const kind = { ...labels, kind: gate.kind }
  addBounded(out, 'forebay_gate_limit', 'Permits, or permits a second for a rate.', kind, gate.limit)
  out.add('gauge', 'forebay_gate_in_use', 'Permits given out.', labels, gate.inUse)
  out.add('gauge', 'forebay_gate_waiting', 'Work that waits for a permit.', labels, gate.waiting)
  addBounded(out, 'forebay_gate_line_max', 'Work that may wait.', labels, gate.lineMax ?? Infinity)
  out.add('gauge', 'forebay_gate_oldest_wait_seconds', 'Longest wait now.', labels, gate.oldestWaitMs / 1000)
  addBounded(out, 'forebay_gate_credit', 'Permits free now.', labels, gate.credit)
  out.add('gauge', 'forebay_gate_zombies', 'Work that outlived its caller.', labels, gate.zombies)
  const withheld = Object.values(gate.withheldMs ?? {}).reduce((sum, ms) => sum + ms, 0) / 1000
  out.add('counter', 'forebay_gate_withheld_seconds_total', 'Somebody waited for a permit.', labels, withheld)
  out.add('counter', 'forebay_gate_admitted_total', 'Permits given.', labels, gate.admitted)
  byReason(out, 'forebay_gate_shed_total', 'Work refused.', labels, gate.sheds)
  writeAgain(out, labels, gate)
  if (gate.rung !== undefined) {
    const { index, changes } = gate.rung
    out.add('gauge', 'forebay_gate_rung', 'How much less is done; 0: nothing.', labels, index)
    out.add('counter', 'forebay_gate_rung_changes_total', 'Changes of rung.', labels, changes)
  }
  writeParts(out, labels, gate)
  if (gate.notes !== undefined) writeNotes(out, labels, gate.notes)
}

function writeAgain(out: Exposition, labels: Labels, { again }: GateInspection): void {
  if (again === undefined) return
  const help = 'Retries and hedges, and those that the budget refused.'
  out.add('counter', 'forebay_gate_again_total', help, { ...labels, outcome: 'taken' }, again.taken)
  out.add('counter', 'forebay_gate_again_total', help, { ...labels, outcome: 'refused' }, again.refused)
  out.add('gauge', 'forebay_gate_again_balance', 'Retries and hedges that the budget has left.', labels, again.balance)
}

/** What only some parts have: the state of a breaker, what a limit that finds itself believes. A gate alone is its own part. */
function writeParts(out: Exposition, labels: Labels, gate: GateInspection): void {
  const parts = gate.kind === 'composite' ? (gate.parts ?? []) : [gate]
  const names = unique(parts)
  for (const part of parts) {
    const own = { ...labels, ...(part !== gate && { part: names.get(part) as string }) }
    if (part.kind === 'breaker') writeBreaker(out, own, part)
    const { adaptive } = part
    if (adaptive === undefined) continue
    out.add('gauge', 'forebay_gate_limit_min', 'The least that the limit may be.', own, adaptive.min)
    out.add('gauge', 'forebay_gate_limit_max', 'The most that the limit may be.', own, adaptive.max)
    const help = 'Latency as the limit sees it: the last, and without a queue.'
    out.add('gauge', 'forebay_gate_limit_seconds', help, { ...own, of: 'last' }, adaptive.latencyMs / 1000)
    out.add('gauge', 'forebay_gate_limit_seconds', help, { ...own, of: 'base' }, adaptive.baseMs / 1000)
  }
}

/** One sample per state, 1 for the one that it is in. */
function writeBreaker(out: Exposition, labels: Labels, breaker: GateInspection): void {
  for (const state of ['closed', 'open', 'half-open']) {
    const value = breaker.state === state ? 1 : 0
    out.add('gauge', 'forebay_breaker_state', 'State of a breaker.', { ...labels, state }, value)
  }
}

function writeNotes(out: Exposition, labels: Labels, { levels, callers, others, latency }: GateNotes): void {
  for (const [level, { asked, given, sheds }] of levels.entries()) {
    const own = { ...labels, level: String(level) }
    out.add('counter', 'forebay_gate_level_asked_total', 'Asks by level.', own, asked)
    out.add('counter', 'forebay_gate_level_given_total', 'Permits given by level.', own, given)
    byReason(out, 'forebay_gate_level_shed_total', 'Work refused by level.', own, sheds)
  }
  for (const [quantile, ms] of [
    ['0.5', latency.p50Ms],
    ['0.99', latency.p99Ms],
  ] as const) {
    out.add('gauge', 'forebay_gate_work_seconds', 'How long permits are kept.', { ...labels, quantile }, ms / 1000)
  }
  const all = callers.reduce((sum, { asked }) => sum + asked, others.asked)
  const shown = callers.filter(({ asked }) => asked >= LEAST_SHARE * all)
  const sums = new Map<string, CallerCounts>()
  for (const caller of shown) sums.set(labelValue(caller.key), caller)
  for (const [caller, { asked, given, waiting, share, sheds }] of sums) {
    const own = { ...labels, caller }
    out.add('counter', 'forebay_gate_caller_asked_total', 'Asks of the callers that ask most.', own, asked)
    out.add('counter', 'forebay_gate_caller_given_total', 'Permits given to them.', own, given)
    const refused = Object.values(sheds).reduce((sum, count) => sum + count, 0)
    out.add('counter', 'forebay_gate_caller_shed_total', 'Work of theirs that was refused.', own, refused)
    out.add('gauge', 'forebay_gate_caller_waiting', 'Work of theirs that waits.', own, waiting)
    out.add('gauge', 'forebay_gate_caller_share', 'Their part of all that was let in, 0 to 1.', own, share)
  }
}
