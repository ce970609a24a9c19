import type { JSX } from 'preact'
import { charts } from '../model/charts.ts'
import { duration, rate } from '../model/format.ts'
import { flow, nameOf, picture, selected, verdict } from '../state/state.ts'
import { useChartView } from './chart-view.ts'
import { Strip } from './strip.tsx'

/** Four charts over the same time, with one cursor through all of them. */
export function Strips(): JSX.Element {
  const seen = useChartView((samples, run) => {
    const stage = focus()
    return { stage, ...charts(samples, run, stage) }
  })
  if (seen === undefined) return <p class="note">Waiting for the first sample…</p>
  const { view, data } = seen
  return (
    <div class="strips">
      <Strip {...view} title="Throughput" unit="records/s" chart={data.throughput} show={rate} />
      <Strip
        {...view}
        title="How full"
        unit="% of the bound"
        chart={data.levels}
        show={(v) => `${Math.round(v)}`}
        max={100}
      />
      <Strip
        {...view}
        title="Age and service time"
        unit={data.stage === undefined ? '' : `of ${nameOf(flow.value, data.stage)}`}
        chart={data.latency}
        show={duration}
        isLog
      />
      <Strip
        {...view}
        title="Dropped and refused"
        unit="/s"
        chart={data.losses}
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
