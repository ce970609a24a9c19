import type { GateInspection } from 'forebay/observe'
import type { JSX } from 'preact'
import { describeGate } from '../graph/valves.tsx'
import type { FlowPicture, GatePicture } from '../model/flow-picture.ts'
import { total } from '../model/flow-picture.ts'
import { count, duration, grouped, rate } from '../model/format.ts'
import { unbounded } from '../model/gate-charts.ts'
import { BreakerSwitch } from '../shell/icons.tsx'
import { Facts, PanelHead, Part } from './facts.tsx'
import type { Fact } from './facts.tsx'
import { Notes } from './gate-notes.tsx'
import { Reasons } from './reasons.tsx'

export function GatePanel({ picture, flow }: { picture: GatePicture; flow: FlowPicture }): JSX.Element {
  const { gate, admittedRate, shedRate } = picture
  const askers = [...flow.stages.values()].filter(({ stage }) => stage.gates.includes(gate.id))
  const parts = gate.parts === undefined || gate.parts.length === 0 ? [gate] : gate.parts
  return (
    <>
      <PanelHead kind={`gate · ${gate.kind}`} name={gate.name}>
        {flow.stages.size > 0 && (
          <p class="site">asked by {askers.map(({ stage }) => stage.name).join(', ') || 'nobody'}</p>
        )}
      </PanelHead>
      <Part title="Permits">
        <Facts
          facts={[
            ['given', `${rate(admittedRate)}/s`],
            ['refused', `${rate(shedRate)}/s`],
            ['given since the start', grouped(gate.admitted)],
            ['waiting', gate.waiting > 0 ? `${count(gate.waiting)}, oldest ${duration(gate.oldestWaitMs)}` : '0'],
            ...(gate.lineMax === undefined ? [] : [['may wait', count(gate.lineMax)] as const]),
            ...workFacts(gate),
          ]}
        />
      </Part>
      {parts.map((part, i) => (
        <Part key={i} title={part === gate ? 'State' : `${part.kind} ${part.name}`}>
          {part.kind === 'breaker' && <BreakerPositions gate={part} />}
          <Facts facts={factsOf(part, flow.snapshot.at)} />
        </Part>
      ))}
      {total(gate.sheds) > 0 && (
        <Part title="Refused, by reason">
          <Reasons counts={gate.sheds} />
        </Part>
      )}
      {gate.notes !== undefined && <Notes gate={gate.name} notes={gate.notes} />}
    </>
  )
}

/** The three ways of a breaker, the one it is on marked. */
function BreakerPositions({ gate }: { gate: GateInspection }): JSX.Element {
  return (
    <div class="positions" role="img" aria-label={describeGate(gate)}>
      {(['closed', 'half-open', 'open'] as const).map((state) => (
        <span key={state} class={`position${gate.state === state ? ' on' : ''}`}>
          <BreakerSwitch state={state} />
          {state}
        </span>
      ))}
    </div>
  )
}

function factsOf(gate: GateInspection, at: number): Fact[] {
  if (gate.kind === 'breaker') {
    return [
      ...(gate.since === undefined ? [] : [[gate.state, `for ${duration(at - gate.since)}`] as const]),
      ['next probe', gate.retryAfterMs > 0 ? `in ${duration(gate.retryAfterMs)}` : '–'],
      ...(gate.state === 'half-open' ? [['probe permits', count(gate.limit)] as const] : []),
    ]
  }
  if (gate.unit === 'permits/s') {
    return [
      ['rate', `${count(gate.limit)}/s`],
      ['free now', count(gate.credit)],
    ]
  }
  return [
    ['in use', gate.limit < unbounded ? `${count(gate.inUse)} of ${count(gate.limit)}` : count(gate.inUse)],
    ['free now', count(gate.credit)],
    ...(gate.zombies > 0 ? [['still running after a timeout', count(gate.zombies)] as const] : []),
    ...adaptiveFacts(gate),
  ]
}

/** How a limit that finds itself stands, and why. */
function adaptiveFacts({ adaptive }: GateInspection): Fact[] {
  if (adaptive === undefined) return []
  const { algorithm, min, max, baseMs, latencyMs, why } = adaptive
  return [
    ['found by', algorithm],
    ['between', `${count(min)} and ${count(max)}`],
    ...(latencyMs > 0 ? [['work takes', duration(latencyMs)] as const] : []),
    ...(baseMs > 0 ? [['without a queue', duration(baseMs)] as const] : []),
    ['last moved', why],
  ]
}

/** How long permits are kept, and what was done again. */
function workFacts({ notes, again, rung }: GateInspection): Fact[] {
  const { p50Ms = 0, p99Ms = 0 } = notes?.latency ?? {}
  return [
    ...(p99Ms > 0 ? [['kept, p50 · p99', `${duration(p50Ms)} · ${duration(p99Ms)}`] as const] : []),
    ...(rung === undefined
      ? []
      : ([
          ['answers', `${rung.name} (${rung.index + 1} of ${rung.of})`],
          ['changes of rung', count(rung.changes)],
        ] as const)),
    ...(again === undefined
      ? []
      : [['retries and hedges', `${count(again.taken)}, ${count(again.refused)} without budget`] as const]),
  ]
}
