import { bars } from './bars.ts'
import type { Figures } from './figures.ts'
import type { Row } from './suite.ts'

/** The rows as text: a line for each case, a column for each policy, `goodput p99`. */
export function table(rows: readonly Row[]): string {
  const policies = [...new Set(rows.map((row) => row.policy))]
  const names = [...new Set(rows.map((row) => row.case))]
  const cell = (name: string, policy: string): string => {
    const row = rows.find((each) => each.case === name && each.policy === policy)
    return row === undefined ? '' : short(row)
  }
  const lines = [['', ...policies], ...names.map((name) => [name, ...policies.map((policy) => cell(name, policy))])]
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length))) ?? []
  const text = lines.map((line) =>
    line
      .map((words, column) => words.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return ['Each cell: answers in time as a share of those that were possible, and the p99 in ms.', '', ...text].join(
    '\n',
  )
}

function short({ goodput, p99 }: Figures): string {
  return `${goodput.toFixed(2)} ${p99.toFixed(0).padStart(4)}`
}

/** Everything else that is worth knowing of one policy, a line for each case. */
export function details(rows: readonly Row[]): string {
  return rows.map((row) => `${row.case.padEnd(24)}${detail(row)}`).join('\n')
}

function detail(row: Row): string {
  const groups = Object.entries(row.clients)
  const share = (value: number): string => `${(100 * value).toFixed(1)} %`
  const parts = [
    `refused ${share(row.refused)}`,
    ...(groups.length > 1 ? groups.map(([name, { ok, p99 }]) => `${name} ${share(ok)} p99 ${p99.toFixed(0)}`) : []),
    ...(row.evenness === 1 ? [] : [`evenness ${row.evenness.toFixed(2)}, newcomers ${row.newcomers.toFixed(2)}`]),
    ...(row.limitLate === 0 ? [] : [`limit ${row.limitEarly.toFixed(1)} then ${row.limitLate.toFixed(1)}`]),
    ...(row.tries > 1 ? [`${row.tries.toFixed(2)} tries`] : []),
    ...(bars[row.case] === undefined ? ['no bar'] : []),
  ]
  return parts.join(' · ')
}
