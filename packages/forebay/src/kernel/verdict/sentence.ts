import type { GateInspection } from '../gate.ts'
import { UNBOUNDED } from '../receiver.ts'
import type { EdgeSnapshot } from '../snapshot.ts'
import { trippedIn, type Finding } from './finding.ts'
import { heldAt, type FlowView, type StageView } from './flow-view.ts'
import { BLOCKED } from './walk.ts'
import type { WhatIf } from './what-if.ts'

/** Says a finding in plain English. The same words go to the console, the terminal, logs and alerts. */
export function sentence(view: FlowView, finding: Finding, blocked: readonly StageView[], gain?: WhatIf): string {
  const parts = [
    headline(view, finding),
    doubts(view, finding),
    losses(finding),
    memory(view),
    blocks(finding, blocked),
    gains(finding, gain),
  ]
  return parts.filter((part) => part !== '').join(' ')
}

function headline(view: FlowView, finding: Finding): string {
  const { kind } = finding
  if (kind === 'gate') return gateHeadline(finding)
  if (kind === 'loop') return loopHeadline(view, finding)
  if (kind === 'deadlock') return deadlockHeadline(view, finding)
  if (kind === 'done') return `the flow is ${view.after.state}.`
  const stage = finding.view
  if (kind === 'calm' || stage === undefined) {
    const waits = suspected(view) === undefined ? ' and nothing waits' : ''
    return `calm: nothing came in for ${ms(view.windowMs)}${waits}.`
  }
  const { name } = stage.stage
  const { held, oldestMs } = heldAt(stage)
  switch (kind) {
    case 'bottleneck':
      return `${name} is the bottleneck: busy ${percent(stage.busy)} (${slots(stage)}).`
    case 'source': {
      const join = finding.walk?.join
      if (join === undefined) return `${name} is the slow input: it gives ${rate(stage.rate)}.`
      const waits = `${join.stage.name} waits for it ${percent(join.starved)} of the time`
      return `${name} is the slow input of ${join.stage.name}: it gives ${rate(stage.rate)}, and ${waits}.`
    }
    case 'stall':
      return `${name} has not finished an item for ${ms(view.windowMs)}: ${slots(stage)} slots are busy and ${held} items wait${oldestMs > 0 ? ` (oldest ${ms(oldestMs)})` : ''}.`
    default:
      return inputHeadline(view, stage)
  }
}

function gateHeadline({ gate, view: stage }: Finding): string {
  if (gate === undefined || stage === undefined) return ''
  const { name } = gate.gate
  const waits = `${stage.stage.name} waits for it ${percent(stage.gated)} of the time`
  const breaker = trippedIn(gate)
  if (breaker !== undefined) {
    const within = breaker.name === name ? '' : ` of ${name}`
    const probe = breaker.retryAfterMs > 0 ? `; next probe in ${ms(breaker.retryAfterMs)}` : ''
    return `breaker ${breaker.name}${within} is ${breaker.state}: ${waits}${probe}.`
  }
  const { part } = gate
  const limit = [part === undefined ? '' : `its part ${part.name}`, bound(part ?? gate.gate)].filter(Boolean).join(': ')
  return `gate ${name}${limit === '' ? '' : ` (${limit})`} is the limit, working as configured: ${waits}.`
}

/** A limit in words; nothing for a gate that has none of its own, such as one that makes a gate for each key. */
function bound({ unit, limit }: GateInspection): string {
  if (limit >= UNBOUNDED) return ''
  return unit === 'permits/s' ? rate(limit) : `${number(limit)} permits`
}

function loopHeadline(view: FlowView, { view: stage, operator }: Finding): string {
  const full = `the event loop is saturated (${percent(view.loop ?? 1)} busy)`
  if (stage === undefined || operator === undefined) {
    const used = view.stages.reduce((sum, { cpu }) => sum + cpu, 0)
    return `${full}, but this flow uses only ${percent(used)} of it: other code in this process holds it back.`
  }
  const within = operator.name === stage.stage.name ? '' : ` in ${stage.stage.name}`
  return `${full}: ${operator.name}${within} takes ${percent(operator.cpu)} of it.`
}

function deadlockHeadline(view: FlowView, { walk }: Finding): string {
  const ring = walk?.ring ?? []
  const names = [...ring, ...ring.slice(0, 1)].map(({ stage }) => stage.name)
  return `deadlock: ${names.join(' → ')}: each waits for the next, and nothing has moved for ${ms(view.windowMs)}. Give the ring more room, or one of its edges an overflow policy.`
}

function inputHeadline(view: FlowView, source: StageView): string {
  const busiest = view.stages.reduce((most, stage) => (stage.busy > most.busy ? stage : most), source)
  return `nothing limits the flow but its input: ${source.stage.name} gives ${rate(source.rate)}, and the busiest stage, ${busiest.stage.name}, is busy ${percent(busiest.busy)}.`
}

/** A queue that seeks the message that killed an earlier process hands out little, and looks idle. */
function doubts(view: FlowView, { kind }: Finding): string {
  const edge = kind === 'calm' || kind === 'input' ? suspected(view) : undefined
  if (edge === undefined) return ''
  const { name, suspects = 0 } = edge
  return `${name} tries ${number(suspects)} suspects in groups: an earlier process may have died of one of them.`
}

function suspected(view: FlowView): EdgeSnapshot | undefined {
  return view.edges.find(({ edge }) => edge.suspects !== undefined)?.edge
}

function losses({ lossy }: Finding): string {
  if (lossy === undefined) return ''
  const { edge, dropRate, putRate } = lossy
  return `${number(dropRate)} of ${rate(putRate)} are dropped before it (${edge.policy} at ${edge.name}).`
}

/** Memory that other runs hold. */
function memory({ memoryWait, after }: FlowView): string {
  const { share } = after.memory
  if (share === undefined || memoryWait < BLOCKED) return ''
  const { budget, largest } = share
  return `It waits for ${budget} ${percent(memoryWait)} of the time (${largest.name} holds ${percent(largest.heldBytes / after.memory.budgetBytes)}).`
}

function blocks({ kind }: Finding, blocked: readonly StageView[]): string {
  if (blocked.length === 0 || kind === 'deadlock') return ''
  const named = blocked.slice(0, 3).map((view) => `${view.stage.name} ${percent(view.blocked)}`)
  const rest = blocked.length > 3 ? ` and ${blocked.length - 3} more` : ''
  return `It blocks ${named.join(', ')}${rest}${kind === 'stall' ? '' : ' of the time'}.`
}

function gains({ kind }: Finding, gain: WhatIf | undefined): string {
  if (gain === undefined) return ''
  const next = gain.nextLimiterName === undefined ? '' : `, then ${gain.nextLimiterName} limits`
  const change = (gain.change[0] as string).toUpperCase() + gain.change.slice(1)
  if (gain.factor < 1.05)
    return `${change} would give nothing${next === '' ? '' : `: ${gain.nextLimiterName} limits next`}.`
  return `${change} → ${kind === 'loop' ? 'up to ' : ''}~${gain.factor.toFixed(1)}×${next}.`
}

/** Busy slots of all slots. */
function slots({ busy, stage }: StageView): string {
  return `${Math.round(busy * stage.slots)}/${stage.slots}`
}

/** `98 %`. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

/** `120/s`. */
function rate(perSecond: number): string {
  return `${number(perSecond)}/s`
}

/** `850 ms`, `10 s`, `4 min`. */
export function ms(value: number): string {
  if (value < 1000) return `${Math.round(value)} ms`
  return value < 120_000 ? `${number(value / 1000)} s` : `${number(value / 60_000)} min`
}

/** Three digits that matter, thousands apart: `0.25`, `12.5`, `1,250`. */
export function number(value: number): string {
  if (value >= 100)
    return Math.round(value)
      .toString()
      .replace(/\B(?=(\d{3})+$)/g, ',')
  return String(Number(value.toPrecision(value < 10 ? 2 : 3)))
}
