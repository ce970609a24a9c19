import type { Random } from '../kernel/random.ts'
import { UNBOUNDED } from '../kernel/receiver.ts'
import type { Shape } from './subject.ts'

/** One thing that happens to a subject from outside. */
export type Step =
  | { readonly do: 'send'; readonly at: number; readonly count: number }
  | { readonly do: 'end'; readonly at: number }
  | { readonly do: 'request'; readonly at: number; readonly count: number }
  | { readonly do: 'revoke'; readonly at: number }
  | { readonly do: 'advance'; readonly ms: number }

/** Everything that happens in one trial. Plain data, so that it can be shrunk and shown. */
export interface Schedule {
  /** Seed of the chance that the run and its work have. */
  readonly chance: number
  readonly inputs: readonly { readonly items: number; readonly ends: 'complete' | 'fail' }[]
  readonly steps: readonly Step[]
  /** How it is brought to its end after the steps. */
  readonly finish: 'supply' | 'cancel' | 'cancel-run' | 'drain'
  /** Demand per request in the last phase. */
  readonly gulp: number
  /** In the last phase the sinks ask only when nothing else happens any more: a consumer that is slower than everything. */
  readonly lazy: boolean
  /** `plain` fuses short shapes as literals, `closures` adds operators around the subject, `compiled` generates code. */
  readonly tier: 'plain' | 'closures' | 'compiled'
  /** Items after which code is generated: 0 is before the first one; more also adds operators around the subject. */
  readonly hotAfter: number
  readonly accounting: boolean
  readonly contexts: boolean
  /** Milliseconds that reading the clock takes: with some, turns of the loop end in the middle. */
  readonly readMs: number
  /** Every n-th item requests n more from inside its own delivery; 0 for never. */
  readonly reentrant: number
  /** The n-th item (from 1) cancels from inside its own delivery; 0 for never. */
  readonly cancelAt: number
  /** The sinks spend credit themselves. */
  readonly tail: boolean
  /** What the sinks do when the flow opens: request so many, or cancel (-1). */
  readonly openWith: number
  /** What is due together happens in any order, grants come late, or twice, and the wall clock jumps. */
  readonly chaos: boolean
  /** A neighbouring operator throws at the n-th item (from 1). */
  readonly bomb: { readonly where: 'above' | 'below'; readonly at: number } | undefined
}

/** Nothing out of the ordinary. */
export const calm: Schedule = {
  chance: 1,
  inputs: [],
  steps: [],
  finish: 'supply',
  gulp: 1,
  lazy: false,
  tier: 'plain',
  hotAfter: 0,
  accounting: true,
  contexts: false,
  readMs: 0,
  reentrant: 0,
  cancelAt: 0,
  tail: false,
  openWith: 0,
  chaos: false,
  bomb: undefined,
}

/** The schedules that every subject goes through before chance takes over: the corners that users meet first. */
export function corners(shape: Shape): Schedule[] {
  const inputs = (items: number, ends: 'complete' | 'fail' = 'complete'): Schedule['inputs'] =>
    Array.from({ length: shape.inputs }, () => ({ items, ends }))
  const plain = { ...calm, inputs: inputs(7) }
  const requestAll = each(shape.outputs, (at): Step => ({ do: 'request', at, count: UNBOUNDED }))
  const sendAll = each(shape.inputs, (at): Step => ({ do: 'send', at, count: 7 }))
  const endAll = each(shape.inputs, (at): Step => ({ do: 'end', at }))
  const oneByOne = Array.from({ length: 7 }, () => each(shape.inputs, (at): Step => ({ do: 'send', at, count: 1 })))
  return [
    plain,
    { ...plain, steps: [...requestAll, ...oneByOne.flat()] },
    { ...plain, steps: [...sendAll, ...endAll] },
    { ...plain, openWith: 1, reentrant: 1 },
    { ...plain, inputs: inputs(0) },
    { ...plain, inputs: inputs(0, 'fail') },
    { ...plain, inputs: inputs(3, 'fail') },
    { ...plain, openWith: -1 },
    { ...plain, finish: 'cancel' },
    { ...plain, finish: 'cancel', steps: sendAll },
    { ...plain, finish: 'cancel-run', openWith: 1, steps: sendAll },
    { ...plain, finish: 'drain', openWith: 2, steps: sendAll },
    { ...plain, steps: [...sendAll, ...requestAll], cancelAt: 2 },
    { ...plain, contexts: true, tier: 'closures', bomb: { where: 'below', at: 2 }, gulp: 3 },
    { ...plain, contexts: true, tier: 'closures', bomb: { where: 'above', at: 3 }, gulp: 3 },
    { ...plain, contexts: true, tier: 'compiled', gulp: UNBOUNDED },
    { ...plain, contexts: true, lazy: true },
    { ...plain, contexts: true, openWith: 1, steps: [...sendAll, { do: 'advance', ms: 1000 }], finish: 'cancel' },
    { ...plain, contexts: true, tier: 'compiled', hotAfter: 3, gulp: UNBOUNDED },
    { ...plain, contexts: true, tier: 'compiled', tail: true, bomb: { where: 'below', at: 2 }, gulp: 3 },
    { ...plain, contexts: true, tier: 'compiled', tail: true, bomb: { where: 'above', at: 3 }, gulp: 3 },
    { ...plain, tier: 'compiled', hotAfter: 2, readMs: 0.7, openWith: UNBOUNDED, steps: sendAll },
  ]
}

/** A random schedule for a subject. */
export function randomSchedule(shape: Shape, random: Random): Schedule {
  const upTo = (max: number): number => Math.floor(random.next() * (max + 1))
  const pick = <T>(...values: readonly T[]): T => values[upTo(values.length - 1)] as T
  const often = (chance: number): boolean => random.next() < chance
  const most = pick(2, 5, 12, 30)
  const step = (): Step => {
    const kind = upTo(9)
    if (kind < 4 && shape.inputs > 0) return { do: 'send', at: upTo(shape.inputs - 1), count: pick(1, 1, 2, 3, 8) }
    if (kind === 4 && shape.inputs > 0) return { do: 'end', at: upTo(shape.inputs - 1) }
    if (kind < 8 && shape.outputs > 0) {
      return { do: 'request', at: upTo(shape.outputs - 1), count: pick(1, 1, 2, 3, 8, UNBOUNDED) }
    }
    if (kind === 8 && shape.outputs > 0) return { do: 'revoke', at: upTo(shape.outputs - 1) }
    return { do: 'advance', ms: pick(0, 1, 5, 20, 100, 1000) }
  }
  return {
    chance: Math.floor(random.next() * 2 ** 31),
    inputs: Array.from({ length: shape.inputs }, () => ({
      items: upTo(most),
      ends: often(0.2) ? 'fail' : 'complete',
    })),
    steps: Array.from({ length: upTo(12) }, step),
    finish: often(0.65) ? 'supply' : pick('cancel', 'cancel', 'cancel-run', 'drain'),
    gulp: pick(1, 1, 2, 5, UNBOUNDED),
    tier: pick('plain', 'closures', 'compiled'),
    accounting: often(0.7),
    contexts: often(0.5),
    readMs: pick(0, 0, 0.2, 0.7),
    reentrant: often(0.3) ? pick(1, 2, 3) : 0,
    cancelAt: often(0.1) ? 1 + upTo(5) : 0,
    tail: often(0.5),
    openWith: pick(0, 0, 1, 2, UNBOUNDED, -1),
    bomb: often(0.15) ? { where: pick('above', 'below'), at: 1 + upTo(6) } : undefined,
    lazy: often(0.3),
    chaos: often(0.25),
    hotAfter: pick(0, 1, 3),
  }
}

/** A schedule in words, one thing a line. */
export function showSchedule(schedule: Schedule): string[] {
  const { inputs, bomb } = schedule
  const count = (n: number): string => (n >= UNBOUNDED ? 'without end' : String(n))
  const lines = inputs.map(({ items, ends }, at) => `input ${at} has ${items} items, then ${ends}s`)
  const flags = [
    schedule.tier === 'compiled' ? `compiled after ${schedule.hotAfter} items` : schedule.tier,
    schedule.contexts ? 'with contexts' : 'without contexts',
    ...(schedule.accounting ? [] : ['accounting off']),
    ...(schedule.readMs > 0 ? [`each clock reading takes ${schedule.readMs} ms`] : []),
    ...(schedule.lazy ? ['sinks ask only when nothing else happens'] : []),
    ...(schedule.chaos ? ['timers in any order, grants late or twice, a wall clock that jumps'] : []),
    ...(schedule.tail ? ['sinks spend credit themselves'] : []),
  ]
  lines.push(flags.join(', '))
  if (schedule.openWith > 0) lines.push(`sinks request ${count(schedule.openWith)} at once`)
  if (schedule.openWith < 0) lines.push('sinks cancel at once')
  if (schedule.reentrant > 0) lines.push(`every ${schedule.reentrant}th item requests as many from inside its delivery`)
  if (schedule.cancelAt > 0) lines.push(`item ${schedule.cancelAt} cancels from inside its delivery`)
  if (bomb !== undefined) lines.push(`the operator ${bomb.where} throws at item ${bomb.at}`)
  for (const step of schedule.steps) {
    if (step.do === 'send') lines.push(`input ${step.at} sends ${step.count}`)
    else if (step.do === 'end') lines.push(`input ${step.at} ends`)
    else if (step.do === 'request') lines.push(`output ${step.at} requests ${count(step.count)}`)
    else if (step.do === 'revoke') lines.push(`output ${step.at} takes its credit back`)
    else lines.push(`${step.ms} ms pass`)
  }
  const finish = {
    supply: `everything is sent and requested, ${count(schedule.gulp)} at a time`,
    cancel: 'every output cancels',
    'cancel-run': 'the run is cancelled',
    drain: 'the run is drained',
  }
  return [...lines, finish[schedule.finish]]
}

function each<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}
