import type { LoadResult } from '../drive/result.ts'
import { remarksOf } from './remarks.ts'
import { columns, rowsOf } from './rows.ts'

/** The result for a terminal. */
export function report(result: LoadResult): string {
  const table = [columns, ...rowsOf(result).map(({ cells }) => cells)]
  const widths = columns.map((_, column) => Math.max(...table.map((cells) => (cells[column] ?? '').length)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  return [
    `${result.url}: ${result.total.offered.toLocaleString('en')} requests in ${result.playedMs / 1000} s, seed ${result.seed}`,
    '',
    ...table.map(line),
    '',
    ...remarksOf(result),
    '',
  ].join('\n')
}
