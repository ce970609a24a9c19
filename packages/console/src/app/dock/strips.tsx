import { useComputed, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { charts } from '../model/charts.ts'
import { duration, rate } from '../model/format.ts'
import { chartRange, flow, marks, moments, nameOf, picture, selected, verdict } from '../state/state.ts'
import { theme } from '../state/theme.ts'
import { Strip } from './strip.tsx'

/** Four charts over the same time, with one cursor through all of them. */
export function Strips(): JSX.Element {
  const cursor = useSignal<number | undefined>(undefined)
  const data = useComputed(() => {
    const run = flow.value?.run
    const range = chartRange.value
    if (run === undefined || range === undefined) return undefined
    const { from, to } = range
    const samples = moments.since(from - 2000).filter(({ wall }) => wall <= to)
    const stage = focus()
    return { charts: charts(samples, run, stage), stage, from: from / 1000, to: to / 1000 }
  })
  const now = data.value
  if (now === undefined) return <p class="note">Waiting for the first sample…</p>
  const inView = marks.value.filter(({ wall }) => wall / 1000 >= now.from && wall / 1000 <= now.to)
  const common = { from: now.from, to: now.to, marks: inView, cursor, tone: theme.value }
  return (
    <div class="strips">
      <Strip {...common} title="Throughput" unit="records/s" chart={now.charts.throughput} show={rate} />
      <Strip
        {...common}
        title="How full"
        unit="% of the bound"
        chart={now.charts.levels}
        show={(v) => `${Math.round(v)}`}
        max={100}
      />
      <Strip
        {...common}
        title="Age and service time"
        unit={now.stage === undefined ? '' : `of ${nameOf(flow.value, now.stage)}`}
        chart={now.charts.latency}
        show={duration}
        isLog
      />
      <Strip
        {...common}
        title="Dropped and refused"
        unit="/s"
        chart={now.charts.losses}
        show={rate}
        empty="Nothing was dropped, refused or failed."
      />
    </div>
  )
}

/** The stage whose service time is drawn: the selected one, else the one that the verdict names, else the busiest. */
function focus(): string | undefined {
  const now = picture.value
  if (now === undefined) return undefined
  if (selected.value !== undefined && now.stages.has(selected.value)) return selected.value
  const named = verdict.value?.stage
  const measured = [...now.stages.values()].filter(({ p99 }) => !Number.isNaN(p99))
  if (named !== undefined && measured.some(({ stage }) => stage.id === named) && verdict.value?.kind !== 'input')
    return named
  return measured.toSorted((a, b) => b.busy - a.busy)[0]?.stage.id
}
