import { inPhase } from './claims.ts'
import type { Played } from './play.ts'

const phases = ['calm', 'spike', 'after'] as const

/** A row for each strategy and phase. */
export function table(played: readonly Played[]): string {
  const head = ['', '', 'interactive', 'p99', 'batch', 'p99', 'most held']
  const lines = played.flatMap((one) =>
    phases.map((phase) => [
      phase === 'calm' ? one.strategy : '',
      phase,
      ...(['interactive', 'batch'] as const).flatMap((kind) => {
        const { okShare, latency } = inPhase(one, phase, kind)
        return [`${(100 * okShare).toFixed(1)} %`, latency === undefined ? '–' : `${latency.p99.toFixed(0)} ms`]
      }),
      phase === 'calm' ? String(one.mostHeld) : '',
    ]),
  )
  const cells = [head, ...lines]
  const widths = head.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)))
  return cells
    .map((line) =>
      line
        .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
