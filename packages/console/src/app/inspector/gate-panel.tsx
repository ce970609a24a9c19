import type { GateInspection } from 'forebay/observe'
import type { JSX } from 'preact'
import { describeGate } from '../graph/valves.tsx'
import type { FlowPicture, GatePicture } from '../model/flow-picture.ts'
import { total } from '../model/flow-picture.ts'
import { count, duration, grouped, rate } from '../model/format.ts'
import { BreakerSwitch } from '../shell/icons.tsx'
import { Facts, PanelHead, Part } from './facts.tsx'
import type { Fact } from './facts.tsx'
import { Reasons } from './reasons.tsx'

export function GatePanel({ picture, flow }: { picture: GatePicture; flow: FlowPicture }): JSX.Element {
  const { gate, admittedRate, shedRate } = picture
  const askers = [...flow.stages.values()].filter(({ stage }) => stage.gates.includes(gate.id))
  const parts = gate.parts === undefined || gate.parts.length === 0 ? [gate] : gate.parts
  return (
    <>
      <PanelHead kind={`gate · ${gate.kind}`} name={gate.name}>
        <p class="site">asked by {askers.map(({ stage }) => stage.name).join(', ') || 'nobody'}</p>
      </PanelHead>
      <Part title="Permits">
        <Facts
          facts={[
            ['given', `${rate(admittedRate)}/s`],
            ['refused', `${rate(shedRate)}/s`],
            ['given since the start', grouped(gate.admitted)],
            ['waiting', gate.waiting > 0 ? `${count(gate.waiting)}, oldest ${duration(gate.oldestWaitMs)}` : '0'],
          ]}
        />
      </Part>
      {parts.map((part, i) => (
        <Part key={i} title={part === gate ? 'State' : `${part.kind} ${part.name}`}>
          {part.kind === 'breaker' && <BreakerPositions gate={part} />}
          <Facts facts={factsOf(part)} />
        </Part>
      ))}
      {total(gate.sheds) > 0 && (
        <Part title="Refused, by reason">
          <Reasons counts={gate.sheds} />
        </Part>
      )}
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

function factsOf(gate: GateInspection): Fact[] {
  if (gate.kind === 'breaker') {
    return [
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
    ['in use', `${count(gate.inUse)} of ${count(gate.limit)}`],
    ['free now', count(gate.credit)],
    ...(gate.zombies > 0 ? [['still running after a timeout', count(gate.zombies)] as const] : []),
  ]
}
