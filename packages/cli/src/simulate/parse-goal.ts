import { milliseconds, type Duration } from 'forebay'
import type { Goal } from 'forebay/simulate'
import { UsageError } from '../errors/exit-codes.ts'

/** Reads a goal such as `p99<500ms,missed<1%,held<1000`. */
export function parseGoal(text: string): Goal {
  const goal: Goal = {}
  for (const part of text.split(',')) {
    const [, name, value] = /^\s*(p99|missed|held)\s*<=?\s*(\S+)\s*$/.exec(part) ?? []
    if (name === undefined || value === undefined) throw notUnderstood(part)
    if (name === 'p99') goal.p99 = duration(part, value)
    else if (name === 'missed') goal.missed = share(part, value)
    else goal.held = amount(part, value)
  }
  return goal
}

function duration(part: string, value: string): Duration {
  try {
    return milliseconds('--goal', (/^[\d.]+$/.test(value) ? Number(value) : value) as Duration)
  } catch {
    throw notUnderstood(part)
  }
}

function share(part: string, value: string): number {
  const [, digits, sign] = /^([\d.]+)(%?)$/.exec(value) ?? []
  const share = Number(digits) / (sign === '%' ? 100 : 1)
  if (!(share >= 0 && share <= 1)) throw notUnderstood(part)
  return share
}

function amount(part: string, value: string): number {
  if (!/^\d+$/.test(value)) throw notUnderstood(part)
  return Number(value)
}

function notUnderstood(part: string): UsageError {
  return new UsageError(`--goal: expected for instance p99<500ms,missed<1%,held<1000, got '${part}'`)
}
