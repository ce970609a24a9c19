import { useComputed, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { TwinCard } from '../inspector/twin-card.tsx'
import type { Chart } from '../model/charts.ts'
import type { Sample } from '../model/moments.ts'
import { grouped } from '../model/format.ts'
import { chartRange, moments, picture, shown } from '../state/state.ts'
import { theme } from '../state/theme.ts'
import { Strip } from './strip.tsx'

/** The flow beside what does the same work without backpressure. */
export function TwinPane(): JSX.Element {
  const cursor = useSignal<number | undefined>(undefined)
  const chart = useComputed(() => {
    const { from, to } = chartRange.value ?? { from: 0, to: 0 }
    const samples = moments.since(from).filter(({ wall, panes }) => wall <= to && panes !== undefined)
    return { from: from / 1000, to: to / 1000, lines: heapChart(samples) }
  })
  const now = picture.value
  const edges = [...(now?.edges.values() ?? [])].map(({ edge }) => edge)
  const held = edges.reduce((sum, { length }) => sum + length, 0)
  const bound = edges.reduce((sum, { capacity }) => sum + capacity, 0)
  const { from, to, lines } = chart.value
  return (
    <div class="twins">
      <section>
        <h3>This flow</h3>
        <div class="twin alive">
          <p class="twin-state">
            <span class="twin-sign">● {now?.snapshot.state ?? 'alive'}</span>
            <span class="twin-heap">{shown.value?.heapMb ?? '–'} MB heap</span>
          </p>
          <span class="bar-track tall">
            <span class="bar-fill blue" style={{ width: `${bound > 0 ? (100 * held) / bound : 0}%` }} />
          </span>
          <p class="note">
            Its edges hold {grouped(held)} of at most {grouped(bound)} records; when they are full, the source waits.
          </p>
        </div>
      </section>
      {(shown.value?.panes ?? []).map((pane) => (
        <section key={pane.title}>
          <h3>{pane.title}</h3>
          <TwinCard pane={pane} />
        </section>
      ))}
      <Strip
        title="Heap"
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

function heapChart(samples: readonly Sample[]): Chart {
  const pane = (sample: Sample) => sample.panes?.[0]
  return {
    x: samples.map(({ wall }) => wall / 1000),
    lines: [
      { label: 'this flow', tone: 'blue', y: samples.map(({ heapMb }) => heapMb ?? null) },
      { label: 'the twin', tone: 'orange', y: samples.map((sample) => pane(sample)?.heapMb ?? null) },
      { label: 'its limit', tone: 'grey', dashed: true, y: samples.map((sample) => pane(sample)?.limitMb ?? null) },
    ],
  }
}
