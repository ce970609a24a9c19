import type { GateInspection } from '../../kernel/gate.ts'
import type { GateSnapshot, Snapshot } from '../../kernel/snapshot.ts'
import type { Verdict } from '../../kernel/verdict/verdict.ts'
import { noKey } from './gate-notebook.ts'

/** What one gate did between two snapshots. */
interface Doing {
  readonly gate: GateSnapshot
  readonly askedRate: number
  readonly admittedRate: number
  readonly shedRate: number
  readonly sheds: Readonly<Record<string, number>>
  readonly breaker: GateInspection | undefined
}

/**
 * What gates without a flow hold back, in one sentence: the one that refuses most, else one whose breaker is not closed,
 * else the one at which most wait. The counterpart of `verdict` for a snapshot that has gates and no stages.
 */
export function gatesVerdict(before: Snapshot, after: Snapshot): Verdict {
  const windowMs = after.at - before.at
  const doings = after.gates.map((gate) =>
    doing(
      before.gates.find(({ id }) => id === gate.id),
      gate,
      windowMs,
    ),
  )
  const isOver = after.state !== 'running'
  const found = isOver ? undefined : worst(doings)
  return {
    kind: isOver ? 'done' : found === undefined ? 'calm' : 'gate',
    flow: after.flow,
    run: after.run,
    at: after.at,
    windowMs,
    sentence: isOver ? 'nobody observes the gates any more.' : found === undefined ? calm(doings) : headline(found),
    ...(found !== undefined && { gate: found.gate.id }),
    path: [],
    blocks: [],
    evidence: {
      busy: 0,
      blocked: 0,
      starved: 0,
      gated: 0,
      slots: 0,
      rate: found?.admittedRate ?? 0,
      held: found?.gate.waiting ?? 0,
      oldestMs: found?.gate.oldestWaitMs ?? 0,
    },
    losses: [],
    confidence: 1,
    also: [],
  }
}

function doing(before: GateSnapshot | undefined, gate: GateSnapshot, windowMs: number): Doing {
  const seconds = Math.max(1, windowMs) / 1000
  const sheds: Record<string, number> = {}
  let shed = 0
  for (const [reason, count] of Object.entries(gate.sheds)) {
    const grown = count - (before?.sheds[reason] ?? 0)
    if (grown <= 0 || reason === 'aborted') continue // who gives up was not refused
    sheds[reason] = grown / seconds
    shed += grown
  }
  const admitted = gate.admitted - (before?.admitted ?? 0)
  const waited = gate.waiting - (before?.waiting ?? 0)
  const breaker = [gate, ...(gate.parts ?? [])].find(({ kind, state }) => kind === 'breaker' && state !== 'closed')
  const rates = { askedRate: Math.max(0, admitted + shed + waited) / seconds, admittedRate: admitted / seconds }
  return { gate, ...rates, shedRate: shed / seconds, sheds, breaker }
}

function worst(doings: readonly Doing[]): Doing | undefined {
  const [most] = doings.toSorted((a, b) => b.shedRate - a.shedRate)
  if (most !== undefined && most.shedRate > 0) return most
  const open = doings.find(({ breaker }) => breaker !== undefined)
  if (open !== undefined) return open
  const [longest] = doings.toSorted((a, b) => b.gate.waiting - a.gate.waiting)
  return longest !== undefined && longest.gate.waiting > 0 ? longest : undefined
}

function headline({ gate, shedRate, askedRate, sheds, breaker }: Doing): string {
  const { name, waiting, oldestWaitMs } = gate
  if (breaker !== undefined) {
    const within = breaker.name === name ? '' : ` of ${name}`
    const refuses = shedRate > 0 ? `; ${figure(shedRate)} asks a second are refused` : ''
    return `breaker ${breaker.name}${within} is ${breaker.state}${refuses}.`
  }
  if (shedRate === 0) return `${name} makes ${waiting} wait, the oldest for ${Math.round(oldestWaitMs)} ms.`
  const reasons = Object.entries(sheds)
    .toSorted((a, b) => b[1] - a[1])
    .map(([reason]) => reason)
  const shares = `${figure(shedRate)} of ${figure(askedRate)} asks a second (${reasons.join(', ')})`
  return `${name} refuses ${shares}.${most(gate)}`
}

/** Who is refused most of all, where callers are known. */
function most({ notes }: GateInspection): string {
  const refused = (notes?.callers ?? []).map(({ key, asked, given, sheds }) => {
    const { aborted = 0, ...reasons } = sheds
    return { key, asked: asked - aborted, given, count: Object.values(reasons).reduce((sum, n) => sum + n, 0) }
  })
  const [first] = refused.toSorted((a, b) => b.count - a.count)
  if (first === undefined || first.count === 0 || first.key === noKey) return ''
  return ` Most of all ${first.key}, who was given ${first.given} of ${first.asked} so far.`
}

function calm(doings: readonly Doing[]): string {
  const rate = doings.reduce((sum, { admittedRate }) => sum + admittedRate, 0)
  return `nothing is held back: ${figure(rate)} permits a second, nobody waits.`
}

function figure(value: number): string {
  return value >= 10 ? String(Math.round(value)) : value.toFixed(1)
}
