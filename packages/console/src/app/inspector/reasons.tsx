import type { JSX } from 'preact'
import { grouped, percent } from '../model/format.ts'

/** Counts by reason, largest first, each with its share of them all. */
export function Reasons({ counts }: { counts: Readonly<Record<string, number>> }): JSX.Element {
  const rows = Object.entries(counts).toSorted((a, b) => b[1] - a[1])
  const sum = Math.max(
    1,
    rows.reduce((all, [, n]) => all + n, 0),
  )
  return (
    <ul class="bars">
      {rows.map(([reason, n]) => (
        <li key={reason}>
          <span class="bar-name">{reason}</span>
          <span class="bar-value">
            {grouped(n)} <span class="soft">{percent(n / sum)}</span>
          </span>
          <span class="bar-track">
            <span class="bar-fill orange" style={{ width: `${(100 * n) / sum}%` }} />
          </span>
        </li>
      ))}
    </ul>
  )
}
