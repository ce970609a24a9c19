import { milliseconds } from '../../kernel/duration.ts'
import { UNBOUNDED } from '../../kernel/receiver.ts'
import { same } from '../compare.ts'

/** One thing on a lane, and when. `request` and `cancel` stand on lanes of demand, the others on lanes of data. */
export type LaneEvent =
  | { readonly at: number; readonly kind: 'next'; readonly value: unknown }
  | { readonly at: number; readonly kind: 'complete' | 'fail' | 'cancel' }
  | { readonly at: number; readonly kind: 'request'; readonly count: number }

/** What the characters of a data lane stand for, where that is not the digit or the letter itself. */
export type Values = Readonly<Record<string, unknown>>

/** A lane as it was read: its events, and the instant after its last character. */
export interface Lane {
  readonly events: readonly LaneEvent[]
  readonly length: number
}

/** At most so many empty instants are drawn one by one. */
const MAX_DASHES = 12

/**
 * Reads a lane of data. Each character is one millisecond: `-` nothing, a digit or a letter an item, `|` the end,
 * `#` a failure. `(ab|)` happens in one instant and takes one; ` 250ms ` lets time pass; other blanks only align.
 */
export function readData(lane: string, values: Values = {}): Lane {
  return read(lane, (marks, at) => Array.from(marks, (mark) => dataEvent(mark, at, values, lane)))
}

/**
 * Reads a lane of demand: a digit requests so many items, `(12)` requests twelve, `*` requests without end, `!`
 * cancels. Time is as in a lane of data.
 */
export function readDemand(lane: string): Lane {
  return read(lane, (marks, at) => {
    const match = /^(\*|\d*)(!?)$/.exec(marks)
    if (match === null) throw new SyntaxError(`a lane of demand has digits, * and !, got '${marks}' in '${lane}'`)
    const [, count = '', cancel] = match
    const events: LaneEvent[] = []
    if (count !== '') events.push({ at, kind: 'request', count: count === '*' ? UNBOUNDED : Number(count) })
    if (cancel === '!') events.push({ at, kind: 'cancel' })
    return events
  })
}

/** Draws events as a lane, so that reading it gives them back. */
export function drawLane(events: readonly LaneEvent[], values: Values = {}): string {
  let lane = ''
  let next = 0
  for (let index = 0; index < events.length;) {
    const at = (events[index] as LaneEvent).at
    lane += pause(at - next)
    let marks = ''
    let count = 0
    for (; events[index]?.at === at; index++, count++) marks += mark(events[index] as LaneEvent, values)
    lane += count > 1 || marks.length > 1 ? `(${marks})` : marks
    next = at + 1
  }
  return lane
}

/** Credit as a lane knows it: more than any test asks for is without end. */
export function creditOf(count: number): number {
  return count >= UNBOUNDED >> 1 ? UNBOUNDED : count
}

function read(lane: string, eventsOf: (marks: string, at: number) => readonly LaneEvent[]): Lane {
  const token = /(?:^|\s)(\d+(?:ms|s|m|h))(?=\s|$)|\s+|\(([^)]*)\)|(.)/gy
  const events: LaneEvent[] = []
  let at = 0
  for (let match = token.exec(lane); match !== null; match = token.exec(lane)) {
    const [, time, group, single] = match
    if (time !== undefined) {
      at += milliseconds('lane', time as '1ms')
      continue
    }
    const marks = group ?? single
    if (marks === undefined) continue
    if (marks !== '-') events.push(...eventsOf(marks, at))
    at++
  }
  return { events, length: at }
}

function dataEvent(mark: string, at: number, values: Values, lane: string): LaneEvent {
  if (mark === '|') return { at, kind: 'complete' }
  if (mark === '#') return { at, kind: 'fail' }
  if (Object.hasOwn(values, mark)) return { at, kind: 'next', value: values[mark] }
  if (/\d/.test(mark)) return { at, kind: 'next', value: Number(mark) }
  if (/\p{L}/u.test(mark)) return { at, kind: 'next', value: mark }
  throw new SyntaxError(`'${mark}' has no meaning in the lane '${lane}'`)
}

function mark(event: LaneEvent, values: Values): string {
  switch (event.kind) {
    case 'complete':
      return '|'
    case 'fail':
      return '#'
    case 'cancel':
      return '!'
    case 'request':
      return creditOf(event.count) === UNBOUNDED ? '*' : String(event.count)
    default:
      return nameOf(event.value, values)
  }
}

function nameOf(value: unknown, values: Values): string {
  const name = Object.keys(values).find((key) => same(values[key], value))
  if (name !== undefined) return name
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 9) return String(value)
  if (typeof value === 'string' && /^\p{L}$/u.test(value)) return value
  return `‹${JSON.stringify(value) ?? String(value)}›`
}

function pause(ms: number): string {
  if (ms <= MAX_DASHES) return '-'.repeat(Math.max(0, ms))
  return ` ${ms}ms `
}
