import { useComputed, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { TwinCard } from '../inspector/twin-card.tsx'
import type { Chart } from '../model/charts.ts'
import type { Sample } from '../model/moments.ts'
import { snapshotOf } from '../model/moments.ts'
import { bytes, percent } from '../model/format.ts'
import { chartRange, flow, moments, picture, shown } from '../state/state.ts'
import { theme } from '../state/theme.ts'
import { Strip } from './strip.tsx'

/** The flow beside what does the same work without backpressure. */
export function TwinPane(): JSX.Element {
  const cursor = useSignal<number | undefined>(undefined)
  const chart = useComputed(() => {
    const { from, to } = chartRange.value ?? { from: 0, to: 0 }
    const samples = moments.since(from).filter(({ wall, panes }) => wall <= to && panes !== undefined)
    return { from: from / 1000, to: to / 1000, lines: memoryChart(samples, flow.value?.run ?? '') }
  })
  const memory = picture.value?.snapshot.memory
  const share = memory === undefined ? 0 : Math.min(1, memory.heldBytes / Math.max(1, memory.budgetBytes))
  const { from, to, lines } = chart.value
  return (
    <div class="twins">
      <div>
        <section class="twin-half">
          <h3>This flow</h3>
          {memory !== undefined && (
            <div class="twin alive">
              <p class="twin-state">
                <span class="twin-sign">● alive</span>
                <span class="twin-heap">
                  {bytes(memory.heldBytes)} held of {bytes(memory.budgetBytes)}
                </span>
              </p>
              <span class="bar-track tall">
                <span class="bar-fill blue" style={{ width: `${share * 100}%` }} />
              </span>
              <p class="note">Every edge is bounded: it holds {percent(share)} of its budget.</p>
            </div>
          )}
        </section>
        {(shown.value?.panes ?? []).map((pane) => (
          <section key={pane.title} class="twin-half">
            <h3>{pane.title}</h3>
            <TwinCard pane={pane} />
          </section>
        ))}
      </div>
      <Strip
        title="Memory"
        unit="MB, since this page was opened"
        chart={lines}
        from={from}
        to={to}
        marks={[]}
        cursor={cursor}
        tone={theme.value}
        show={(value) => String(Math.round(value))}
      />
    </div>
  )
}

function memoryChart(samples: readonly Sample[], run: string): Chart {
  const pane = (sample: Sample) => sample.panes?.[0]
  return {
    x: samples.map(({ wall }) => wall / 1000),
    lines: [
      {
        label: 'this flow holds',
        tone: 'blue',
        y: samples.map((sample) => (snapshotOf(sample, run)?.memory.heldBytes ?? 0) / 1e6),
      },
      { label: 'heap of the twin', tone: 'orange', y: samples.map((sample) => pane(sample)?.heapMb ?? null) },
      { label: 'its limit', tone: 'grey', dashed: true, y: samples.map((sample) => pane(sample)?.limitMb ?? null) },
    ],
  }
}
