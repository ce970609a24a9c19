import type { JSX } from 'preact'
import { Strip } from '../dock/strip.tsx'
import type { ChartView } from '../dock/chart-view.ts'
import type { GatePicture } from '../model/flow-picture.ts'
import { count, duration, rate } from '../model/format.ts'
import { refusedOf, unbounded } from '../model/gate-charts.ts'
import type { GateCharts } from '../model/gate-charts.ts'
import { selected } from '../state/state.ts'
import { BreakerBand } from './breaker-band.tsx'
import { CallerTable } from './caller-table.tsx'

interface GateCardProps {
  readonly picture: GatePicture
  readonly charts: GateCharts
  readonly common: ChartView
}

/** Half a permit is a tick between two that mean something. */
const whole = (value: number): string => (Number.isInteger(value) ? count(value) : '')

/** One gate: four charts over the same time, its breakers, and who asks. */
export function GateCard({ picture, charts, common }: GateCardProps): JSX.Element {
  const { gate } = picture
  const isPace = gate.unit === 'permits/s'
  const { notes } = gate
  return (
    <article class={`gate-card${selected.value === gate.id ? ' chosen' : ''}`} aria-label={`gate ${gate.name}`}>
      <header>
        <button
          type="button"
          class="gate-name"
          data-id={gate.id}
          aria-pressed={selected.value === gate.id}
          onClick={() => (selected.value = gate.id)}
        >
          {gate.name}
        </button>
        <span class="soft">{gate.kind}</span>
        <span class="gate-state">{stateOf(picture)}</span>
        {gate.rung !== undefined && (
          <span class={`pill${gate.rung.index > 0 ? ' warn' : ''}`}>answers {gate.rung.name}</span>
        )}
      </header>
      {charts.breakers.map((band) => (
        <BreakerBand key={band.name} band={band} from={common.from} to={common.to} />
      ))}
      <div class="gate-strips">
        <Strip
          {...common}
          title={isPace ? 'Rate' : 'Limit and use'}
          unit={isPace ? '/s' : 'permits'}
          chart={charts.use}
          show={isPace ? rate : whole}
        />
        <Strip {...common} title="Line" unit={lineUnit(gate.lineMax)} chart={charts.line} show={whole} />
        <Strip {...common} title="Oldest in line" unit="" chart={charts.age} show={duration} />
        <Strip
          {...common}
          title="Refused"
          unit="/s, by reason"
          chart={charts.sheds}
          show={rate}
          empty={refusedOf(gate) > 0 ? 'Nobody in this time.' : 'Nobody so far.'}
        />
      </div>
      {notes !== undefined && <CallerTable gate={gate.name} notes={notes} least={0.01} />}
    </article>
  )
}

function lineUnit(max: number | undefined): string {
  if (max === undefined) return ''
  return max === 0 ? 'nobody may wait' : `of ${count(max)}`
}

/** `8 of 8 in use, 12 wait, 33/s let in, 130/s refused`. */
function stateOf({ gate, admittedRate, shedRate }: GatePicture): string {
  const limit = gate.limit < unbounded ? ` of ${count(gate.limit)}` : ''
  const use = gate.unit === 'permits/s' ? `${count(gate.limit)}/s at most` : `${count(gate.inUse)}${limit} in use`
  const waits = gate.waiting > 0 ? `${count(gate.waiting)} wait, ` : ''
  return `${use}, ${waits}${rate(admittedRate)}/s let in, ${rate(shedRate)}/s refused`
}
