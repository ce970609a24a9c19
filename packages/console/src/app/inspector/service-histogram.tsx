import type { Histogram } from 'forebay/observe'
import type { JSX } from 'preact'
import { count, duration, percent } from '../model/format.ts'
import { samples } from '../model/quantile.ts'

/** How long the work took, as a bar for each bucket between the first and the last that hold anything. */
export function ServiceHistogram({ histogram }: { histogram: Histogram }): JSX.Element {
  const { bounds, counts } = histogram
  const all = samples(histogram)
  const first = Math.max(0, counts.findIndex((n) => n > 0) - 1)
  const last = Math.min(counts.length - 1, counts.findLastIndex((n) => n > 0) + 1)
  const most = Math.max(1, ...counts)
  const shown = counts.slice(first, last + 1)
  const label = (i: number): string => (i < bounds.length ? duration(bounds[i]!) : `> ${duration(bounds.at(-1)!)}`)
  return (
    <div class="histogram" role="img" aria-label={`Service time of ${count(all)}: ${describe(histogram, label)}`}>
      {shown.map((n, i) => (
        <span key={first + i} class="histogram-column" title={`up to ${label(first + i)}: ${count(n)}`}>
          <span class="histogram-share">{n / all >= 0.005 ? percent(n / all) : ''}</span>
          <span class="histogram-bar" style={{ height: `${n === 0 ? 0 : Math.max(2, (n / most) * 56)}px` }} />
          <span class="histogram-bound">
            {label(first + i)
              .replace('.0', '')
              .replace(' ', '')}
          </span>
        </span>
      ))}
    </div>
  )
}

function describe({ counts }: Histogram, label: (i: number) => string): string {
  return counts.flatMap((n, i) => (n > 0 ? [`${count(n)} up to ${label(i)}`] : [])).join(', ')
}
