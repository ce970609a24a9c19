import { useComputed, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { gateCharts } from '../model/gate-charts.ts'
import { chartRange, flow, marks, moments, picture } from '../state/state.ts'
import { theme } from '../state/theme.ts'
import { GateCard } from './gate-card.tsx'

/** Gates with charts; each is four canvases. */
const mostShown = 12

/** What every gate of the flow lets in, keeps waiting and refuses, and whom. */
export function Gates(): JSX.Element {
  const cursor = useSignal<number | undefined>(undefined)
  const data = useComputed(() => {
    const run = flow.value?.run
    const range = chartRange.value
    if (run === undefined || range === undefined) return undefined
    const { from, to } = range
    const samples = moments.since(from - 2000).filter(({ wall }) => wall <= to)
    const gates = (flow.value?.gates ?? []).slice(0, mostShown)
    return {
      from: from / 1000,
      to: to / 1000,
      charts: new Map(gates.map(({ id }) => [id, gateCharts(samples, run, id)])),
    }
  })
  const now = data.value
  const gates = picture.value?.gates
  if (now === undefined || gates === undefined) return <p class="note">Waiting for the first sample…</p>
  const inView = marks.value.filter(({ wall }) => wall / 1000 >= now.from && wall / 1000 <= now.to)
  const common = { from: now.from, to: now.to, marks: inView, cursor, tone: theme.value }
  const rest = gates.size - now.charts.size
  return (
    <div class="gate-cards">
      {[...now.charts].map(([id, charts]) => {
        const gate = gates.get(id)
        return gate === undefined ? null : <GateCard key={id} picture={gate} charts={charts} common={common} />
      })}
      {rest > 0 && <p class="note">{rest} more gates are in the table.</p>}
    </div>
  )
}
