import type { Comparison } from 'forebay/simulate'
import { columns, isText, rowsOf } from './rows.ts'
import { sharesOf } from './shares.ts'

/** The comparison for a terminal. */
export function report(comparison: Comparison): string {
  const rows = rowsOf(comparison)
  const table = [columns, ...rows.map(({ cells }) => cells)]
  const widths = columns.map((_, column) => Math.max(...table.map((cells) => (cells[column] ?? '').length)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  const jobs = comparison.outcomes[0]?.arrived.toLocaleString('en')
  const seconds = (comparison.phases.at(-1)?.to ?? 0) / 1000
  return [
    `${jobs} jobs in ${seconds} s`,
    '',
    `  ${line(columns)}`,
    ...rows.map((row) => `${row.isRecommended ? '→' : row.keepsGoal ? ' ' : '×'} ${line(row.cells)}`),
    '',
    ...whoGotWhat(sharesOf(comparison)),
    comparison.why,
    '',
  ].join('\n')
}

function whoGotWhat(table: readonly string[][]): string[] {
  if (table.length === 0) return []
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((cells) => (cells[column] ?? '').length)))
  const line = (cells: readonly string[]): string =>
    cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  ')
  return [...table.map((cells) => `  ${line(cells)}`), '']
}
