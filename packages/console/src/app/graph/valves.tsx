import type { GateInspection } from 'forebay/observe'
import type { JSX } from 'preact'
import type { GatePicture } from '../model/flow-picture.ts'
import { count, duration } from '../model/format.ts'
import { culprits, selected } from '../state/state.ts'
import { BreakerSwitch, ValveIcon } from '../shell/icons.tsx'
import { placed } from './placed.ts'
import type { PlannedNode, Point } from './plan.ts'

/** The gates in front of a stage, one row each; all gates of a stage are one box on its inlet. */
export function Valves({ node, gates }: { node: PlannedNode & Point; gates: readonly GatePicture[] }): JSX.Element {
  return (
    <div class="valves" style={placed(node)}>
      {gates.map(({ gate }) => {
        const rows = gate.parts === undefined || gate.parts.length === 0 ? [gate] : gate.parts
        const isCulprit = culprits.value.has(gate.id)
        return (
          <button
            key={gate.id}
            type="button"
            class={`valve-group${isCulprit ? ' culprit' : ''}`}
            data-id={gate.id}
            aria-pressed={selected.value === gate.id}
            onClick={() => (selected.value = gate.id)}
          >
            {isCulprit && <span class="tag">LIMIT</span>}
            <span class="unseen">gate {gate.name}: </span>
            {rows.map((part, i) => (
              <ValveRow key={i} gate={part} />
            ))}
          </button>
        )
      })}
    </div>
  )
}

function ValveRow({ gate }: { gate: GateInspection }): JSX.Element {
  return (
    <span class={`valve ${gate.kind} ${gate.state}`}>
      {gate.kind === 'breaker' ? <BreakerSwitch state={gate.state} /> : <ValveIcon isFull={gate.credit <= 0} />}
      <span class="valve-name">{gate.name}</span>
      <span class="valve-figure">{gateFigure(gate)}</span>
    </span>
  )
}

/** The one figure of a gate that matters: permits in use, rate, or the breaker's state with the time to its next probe. */
function gateFigure(gate: GateInspection): string {
  if (gate.kind === 'breaker') {
    if (gate.state === 'open' && gate.retryAfterMs > 0) return duration(gate.retryAfterMs)
    return gate.state === 'half-open' ? 'half' : gate.state
  }
  if (gate.unit === 'permits/s') return `${count(gate.limit)}/s`
  return `${count(gate.inUse)}/${count(gate.limit)}`
}

export function describeGate(gate: GateInspection): string {
  if (gate.kind === 'breaker') {
    const probe = gate.state === 'open' ? `, next probe in ${duration(gate.retryAfterMs)}` : ''
    return `breaker ${gate.name} is ${gate.state}${probe}`
  }
  if (gate.unit === 'permits/s') return `rate ${gate.name} ${count(gate.limit)} a second`
  return `${gate.kind} ${gate.name}: ${count(gate.inUse)} of ${count(gate.limit)} in use, ${count(gate.waiting)} waiting`
}
