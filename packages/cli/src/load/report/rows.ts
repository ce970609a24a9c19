import { inWords, percent } from 'forebay/simulate'
import type { LoadResult } from '../drive/result.ts'
import type { Figures } from '../measure/tally.ts'

/** Titles of the columns; the first one is a name, the others are figures. */
export const columns = [
  '',
  'offered',
  'ok',
  'goodput',
  'p50',
  'p90',
  'p99',
  'p99.9',
  'max',
  'shed',
  'late',
  'timed out',
  'failed',
  'not sent',
] as const

/** One line of the table. */
export interface Row {
  readonly kind: 'total' | 'phase' | 'tenant' | 'level'
  readonly cells: readonly string[]
}

/** A result as text, for a terminal and a page alike: everything, then phases, tenants and levels where there are several. */
export function rowsOf({ total, phases, tenants, levels }: LoadResult): Row[] {
  const named = (kind: Row['kind'], parts: readonly (readonly [string, Figures])[]): Row[] =>
    parts.map(([name, figures]) => ({ kind, cells: cellsOf(`${kind} ${name}`, figures) }))
  return [
    { kind: 'total', cells: cellsOf('everything', total) },
    ...(phases.length < 2 ? [] : phases).flatMap((phase) => [
      ...named('phase', [[phase.name, phase]]),
      ...Object.entries(phase.tenants).map(([name, figures]): Row => ({
        kind: 'tenant',
        cells: cellsOf(`· ${name}`, figures),
      })),
    ]),
    ...named('tenant', Object.entries(tenants)),
    ...named('level', Object.entries(levels)),
  ]
}

function cellsOf(name: string, figures: Figures): string[] {
  const { latency, offered, saturated, withheld, unfinished } = figures
  const share = (count: number): string => (count === 0 ? '–' : percent(count / offered))
  return [
    name,
    offered.toLocaleString('en'),
    offered === 0 ? '–' : share(figures.ok),
    `${figures.goodput.toFixed(figures.goodput < 100 ? 1 : 0)}/s`,
    ...[latency?.p50, latency?.p90, latency?.p99, latency?.p999, latency?.max].map((ms) =>
      ms === undefined ? '–' : inWords(ms),
    ),
    share(figures.shed),
    share(figures.late),
    share(figures.timedOut),
    share(figures.failed),
    share(saturated + withheld + unfinished),
  ]
}
