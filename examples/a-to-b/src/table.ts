import type { Row } from './row.ts'

const titles = ['', 'made/s', 'in time/s', 'late', 'refused', 'p50 ms', 'p99 ms', 'most waiting']

/** The rows for a terminal. */
export function table(rows: readonly Row[]): string {
  const lines = rows.map(({ strategy, made, inTime, late, refused, p50, p99, waiting }) => [
    strategy,
    made.toFixed(0),
    inTime.toFixed(0),
    late,
    refused,
    p50.toFixed(0),
    p99.toFixed(0),
    waiting,
  ])
  const cells = [titles, ...lines].map((line) => line.map(String))
  const widths = titles.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)))
  return cells
    .map((line) =>
      line
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  '),
    )
    .join('\n')
}
