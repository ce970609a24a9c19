/** Rows under a header, for a terminal: columns as wide as their widest cell, those of `figures` to the right. */
export function textTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  figures: readonly string[] = [],
): string[] {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)))
  return [header, ...rows].map((cells) =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return figures.includes(header[column] as string) ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd(),
  )
}

/** Bytes for people, in binary units. */
export function inBytes(count: number): string {
  if (count >= 1024 ** 3) return `${(count / 1024 ** 3).toFixed(1)} GiB`
  if (count >= 1024 ** 2) return `${(count / 1024 ** 2).toFixed(1)} MiB`
  return `${(count / 1024).toFixed(1)} KiB`
}
