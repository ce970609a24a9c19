import type { ExplainedPart, Explanation } from './explain.ts'

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

export interface ExplainTextOptions {
  /** Bytes assumed for an item of a part that is bounded by items alone; default 1024. */
  itemBytes?: number
}

/**
 * An explanation as a table for people: what each part holds at worst, what happens when it is full, and where
 * items may be lost. The worst case of a part that declares no bytes is its items times an assumed size, which
 * the text states.
 */
export function explainText(explanation: Explanation, { itemBytes = 1024 }: ExplainTextOptions = {}): string {
  const { flow, parts, worstItems, unbounded, losses } = explanation
  const inMemory = parts.filter(({ durable }) => !durable)
  const worst = inMemory.reduce((sum, part) => sum + worstBytes(part, itemBytes), 0)
  const hasSites = parts.some(({ site }) => site !== undefined)
  const assumed = inMemory.some(({ bytes }) => bytes === undefined)
  const lines = [
    `${flow}: holds at most ${count(worstItems)} items in memory, ${size(worst)}` +
      (assumed ? ` (an item of unknown size counted as ${size(itemBytes)})` : ''),
    '',
    ...table([
      ['part', 'kind', 'when full', 'items', 'bytes', 'worst case', 'note', ...(hasSites ? ['where'] : [])],
      ...parts.map((part) => [
        part.name,
        part.kind,
        part.policy,
        count(part.items),
        part.bytes === undefined ? '-' : size(part.bytes),
        part.durable ? 'on disk' : size(worstBytes(part, itemBytes)),
        part.note,
        ...(hasSites ? [part.site ?? ''] : []),
      ]),
    ]),
    '',
    losses.length === 0 ? 'loses nothing on purpose' : 'may lose:',
    ...losses.map(({ part, policy }) => `  ${part}: ${policy}`),
    ...unbounded.map((part) => `UNBOUNDED: ${part} grows with the lag; give it a bound and a policy`),
  ]
  return lines.join('\n')
}

/** One item may overshoot declared bytes; what an item is, nobody knows here. */
function worstBytes({ items, bytes }: ExplainedPart, itemBytes: number): number {
  return bytes ?? items * itemBytes
}

function count(items: number): string {
  return items === Infinity ? 'unbounded' : items.toLocaleString('en-US')
}

function size(bytes: number): string {
  if (bytes === Infinity) return 'unbounded'
  let unit = 0
  let amount = bytes
  while (amount >= 1024 && unit < UNITS.length - 1) {
    amount /= 1024
    unit++
  }
  return `${amount.toLocaleString('en-US', { maximumFractionDigits: amount < 10 && unit > 0 ? 1 : 0 })} ${UNITS[unit]}`
}

/** Columns as wide as their widest cell; numbers to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column >= 3 && column <= 5 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
}
