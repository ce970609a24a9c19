import type { Bytes } from '../bytes.ts'
import type { Explanation } from './explain.ts'
import { worstCase } from './worst-case.ts'

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

export interface ExplainTextOptions {
  /** What an item counts as in a part that is bounded by items alone, bytes or with a unit; default 1 KiB. */
  itemBytes?: Bytes
}

/**
 * An explanation as a table for people: what each part holds at worst, what happens when it is full, and where
 * items may be lost. The worst case of a part that declares no bytes is its items times an assumed size, which
 * the text states.
 */
export function explainText(explanation: Explanation, options: ExplainTextOptions = {}): string {
  const { flow, parts, worstItems, unbounded, losses } = explanation
  const worst = worstCase(explanation, options)
  const hasSites = parts.some(({ site }) => site !== undefined)
  const lines = [
    `${flow}: holds at most ${count(worstItems)} items in memory, ${size(worst.bytes)}` +
      (worst.assumedBytes > 0 ? ` (an item of unknown size counted as ${size(worst.itemBytes)})` : ''),
    ...worst.inner.map(
      ({ part, flows }) =>
        `  and what ${flows === 1 ? 'the flow' : `up to ${count(flows)} flows`} inside ${part} may hold`,
    ),
    '',
    ...table([
      ['part', 'kind', 'when full', 'items', 'bytes', 'worst case', 'note', ...(hasSites ? ['where'] : [])],
      ...parts.map((part, index) => [
        part.name,
        part.kind,
        part.policy,
        count(part.items),
        part.bytes === undefined ? '-' : size(part.bytes),
        part.durable ? 'on disk' : size(worst.parts[index]?.bytes ?? 0),
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
