/** Columns that stand below each other: words in the first ones, figures in the others. */
export function aligned(cells: readonly (readonly string[])[], words: number): string {
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column < words ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd()
  return cells.map(line).join('\n')
}
