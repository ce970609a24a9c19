import { inWords, missedGoals, missedShare, percent, type Comparison, type Outcome } from 'forebay/simulate'

/** Titles of the columns; those of figures are aligned to the right. */
export const columns = [
  'strategy',
  'done',
  'missed',
  'p50',
  'p99',
  'held at worst',
  'waited outside',
  'busy',
  'lost',
] as const

/** Columns that begin with a name rather than a figure. */
export const isText = (column: number): boolean => column === 0 || column === columns.length - 1

/** One line of the table. */
export interface Row {
  readonly cells: readonly string[]
  readonly isRecommended: boolean
  readonly keepsGoal: boolean
}

/** The comparison as text, for a terminal and a page alike. */
export function rowsOf({ outcomes, goal, strategy }: Comparison): Row[] {
  return outcomes.map((outcome) => ({
    cells: cellsOf(outcome),
    isRecommended: outcome.strategy === strategy,
    keepsGoal: missedGoals(outcome, goal).length === 0,
  }))
}

function cellsOf(outcome: Outcome): string[] {
  const { latency } = outcome
  return [
    outcome.strategy,
    count(outcome.done),
    percent(missedShare(outcome)),
    latency === undefined ? '–' : inWords(latency.p50),
    latency === undefined ? '–' : inWords(latency.p99),
    outcome.bound === Infinity ? 'unbounded' : count(outcome.bound),
    count(outcome.mostWaiting),
    percent(outcome.busy),
    lossesOf(outcome),
  ]
}

function lossesOf({ lost, late, unfinished, error }: Outcome): string {
  const parts = Object.entries(lost).map(([reason, jobs]) => `${reason} ${count(jobs)}`)
  if (late > 0) parts.push(`late ${count(late)}`)
  if (unfinished > 0) parts.push(`unfinished ${count(unfinished)}`)
  if (error !== undefined) parts.push(`failed: ${error}`)
  return parts.join(', ') || 'nothing'
}

function count(number: number): string {
  return number.toLocaleString('en')
}
