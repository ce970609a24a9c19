import type { Clock } from '../../kernel/clock.ts'
import type { Level } from '../../kernel/gate.ts'
import type { HeaderSource } from '../signals/header-source.ts'
import { headerOf } from '../signals/header-source.ts'
import { clampWait, decimal } from '../signals/retry-after.ts'

/** Milliseconds that are left, not a time: the two clocks need not agree. */
export const deadlineHeader = 'x-deadline'

/**
 * The level 0–3, with a header of its own: `Priority: u=` (RFC 9218) orders the answers of one client among each other,
 * browsers send it with every request, and proxies may rewrite it.
 */
export const levelHeader = 'x-level'

/** On which rung a request was answered: what a client reads who wants to know whether it got everything. */
export const rungHeader = 'x-rung'

/** How much of what a caller says about itself is believed. */
export interface Trust {
  /** Whether a caller may make itself more important than the default; one that makes itself less important is always believed. Default false. */
  readonly trustLevel?: boolean
  /** The longest deadline, ms from now; a caller can only shorten it. */
  readonly longestMs: number
}

/** What a request says about itself: an absolute deadline on `clock` (`Infinity`: none) and a level. */
export function readCall(headers: HeaderSource, clock: Clock, trust: Trust): { deadline: number; level: Level } {
  const left = decimal(headerOf(headers, deadlineHeader))
  const ms = left === undefined ? trust.longestMs : Math.min(clampWait(left), trust.longestMs)
  const said = levelNamed(headerOf(headers, levelHeader))
  return { deadline: clock.now() + ms, level: said >= 1 || trust.trustLevel === true ? said : 1 }
}

/** The headers that carry a deadline and a level to the next service. What is late says 0, never less. */
export function callHeaders(call: {
  readonly deadline?: number
  readonly level?: Level
  readonly clock: Clock
}): Record<string, string> {
  const { deadline = Infinity, level = 1, clock } = call
  return {
    ...(deadline !== Infinity && { [deadlineHeader]: String(Math.max(0, Math.floor(deadline - clock.now()))) }),
    ...(level !== 1 && { [levelHeader]: String(level) }),
  }
}

function levelNamed(value: string | undefined): Level {
  return value === '0' || value === '2' || value === '3' ? (Number(value) as Level) : 1
}
