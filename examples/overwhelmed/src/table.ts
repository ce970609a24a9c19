import type { Figures } from './meter.ts'

const MIB = 1024 * 1024

/** A row for each strategy. */
export function table(all: readonly Figures[]): string {
  const head = ['', 'done/s', 'age p50', 'p99', 'peak depth', 'dropped', 'refused', 'memory']
  const lines = all.map((one) => [
    one.strategy,
    one.perSecond.toFixed(0),
    `${one.p50Ms.toFixed(0)} ms`,
    `${one.p99Ms.toFixed(0)} ms`,
    String(one.peakDepth),
    one.alerts > 0 ? `${one.dropped} (${one.alerts} alerts)` : String(one.dropped),
    String(one.refused),
    `${(one.memory / MIB).toFixed(1)} MiB`,
  ])
  const cells = [head, ...lines]
  const widths = head.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)))
  return cells
    .map((line) =>
      line
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  '),
    )
    .join('\n')
}
