import type { JSX } from 'preact'
import type { Band } from '../model/gate-charts.ts'

/** Under this share of the band its state is not written into it. */
const leastForText = 0.09

/** The states of a breaker over time, as one bar under the same clock as the charts. */
export function BreakerBand({ band, from, to }: { band: Band; from: number; to: number }): JSX.Element {
  const length = Math.max(1, to - from)
  const spans = band.spans.filter((span) => span.to >= from)
  const said = spans.map(({ state, from: start, to: end }) => `${state} for ${Math.round(end - start)} s`).join(', ')
  return (
    <div class="breaker-band">
      <span class="breaker-band-name">breaker {band.name}</span>
      <div class="breaker-band-track" role="img" aria-label={`breaker ${band.name}: ${said}`}>
        {spans.map(({ state, from: start, to: end }) => {
          const left = Math.max(0, (start - from) / length)
          const width = Math.max(0.004, (end - from) / length - left)
          return (
            <span
              key={start}
              class={`breaker-span ${state}`}
              style={{ left: `${left * 100}%`, width: `${width * 100}%` }}
              title={state}
            >
              {width >= leastForText && state}
            </span>
          )
        })}
      </div>
    </div>
  )
}
