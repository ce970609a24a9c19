import type { JSX } from 'preact'
import { useChartView } from '../dock/chart-view.ts'
import { gateCharts } from '../model/gate-charts.ts'
import { flow, picture } from '../state/state.ts'
import { GateCard } from './gate-card.tsx'

/** Gates with charts; each is four canvases. */
const mostShown = 12

/** What every gate of the flow lets in, keeps waiting and refuses, and whom. */
export function Gates(): JSX.Element {
  const seen = useChartView((samples, run) => {
    const shown = (flow.value?.gates ?? []).slice(0, mostShown)
    return new Map(shown.map(({ id }) => [id, gateCharts(samples, run, id)]))
  })
  const gates = picture.value?.gates
  if (seen === undefined || gates === undefined) return <p class="note">Waiting for the first sample…</p>
  const rest = gates.size - seen.data.size
  return (
    <div class="gate-cards">
      {[...seen.data].map(([id, charts]) => {
        const gate = gates.get(id)
        return gate === undefined ? null : <GateCard key={id} picture={gate} charts={charts} common={seen.view} />
      })}
      {rest > 0 && <p class="note">{rest} more gates are in the table.</p>}
    </div>
  )
}
