import { inPhase } from './claims.ts'
import type { Played } from './play.ts'

const phases = ['calm', 'storm', 'after'] as const
const services = ['A', 'B', 'C'] as const

/** Both worlds for a terminal: for every phase, what each service was asked, did well, and how soon. */
export function table(worlds: Readonly<Record<string, Played>>): string {
  const lines = Object.entries(worlds).flatMap(([world, played]) =>
    phases.flatMap((phase) =>
      services.map((service) => {
        const { offered, okShare, goodput, latency, shed, timedOut } = inPhase(played, phase, service)
        const share = `${(100 * okShare).toFixed(1)} %`
        const p99 = latency === undefined ? '–' : latency.p99.toFixed(0)
        return [world, phase, service, offered, share, goodput.toFixed(0), p99, shed, timedOut].map(String)
      }),
    ),
  )
  const cells = [['', '', '', 'asked', 'ok', 'ok/s', 'p99 ms', 'refused', 'given up'], ...lines]
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column < 3 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ')
  return cells.map(line).join('\n')
}
