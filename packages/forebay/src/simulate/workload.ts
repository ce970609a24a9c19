import { checkFunction, checkInteger, checkNumber, checkOneOf, show } from '../kernel/check.ts'
import { milliseconds, type Duration } from '../kernel/duration.ts'
import type { Random } from '../kernel/random.ts'
import type { JobAsk } from './trial.ts'

/** A stretch of time in which jobs arrive at one rate. */
export interface Phase {
  for: Duration
  perSecond: number
  /** `random`: independent of each other (Poisson), as many users are; `even`: like a clock. Default `random`. */
  arrivals?: 'random' | 'even'
  /** Work that begins in this phase takes so many times as long. Default 1. */
  slow?: number
}

/** What is asked of the system, whatever its strategy. */
export interface Workload<T = number> {
  /** One after another. */
  phases: readonly Phase[]
  /** What arrives; default its number. */
  item?: (index: number, random: Random) => T
  work: Work<T>
  /** What a job asks a gate for, of strategies that are gates: `{ key, level, cost }`; default nothing special. */
  ask?: (value: T) => JobAsk
  /** Whose job it is: the result then says what became of the jobs of each. Up to a few names. */
  who?: (value: T) => string
  /** Who asks gives up after this: what is done later counts as late. Default never. */
  patience?: Duration
}

/** The part that does the work: servers that take one job each, behind a line in order of arrival. */
export interface Work<T = number> {
  /** Time that a job takes: a mean, or a function. */
  time: Duration | ((value: T, random: Random) => number)
  /** Coefficient of variation of times around the mean (lognormal); default 0.5. 0 makes them all equal. */
  spread?: number
  /** Jobs worked on at once; default 1. */
  servers?: number
  /** Share of jobs that fail, after they have taken their time; default 0. */
  failing?: number
  /** So many times as long when so many jobs wait in its line; default 1 for any number. */
  crowding?: (waiting: number) => number
}

/** One phase, with times in ms from the beginning. */
export interface Stretch {
  readonly from: number
  readonly to: number
  readonly perSecond: number
  readonly isEven: boolean
  readonly slow: number
}

const MAX_RATE = 1_000_000

/** Throws `RangeError` or `TypeError`, naming the option, unless the workload can be simulated. */
export function checkWorkload<T>({ phases, item, work, ask, who, patience }: Workload<T>): Stretch[] {
  if (!Array.isArray(phases) || phases.length === 0) {
    throw new TypeError(`phases: expected a list of one or more, got ${show(phases)}`)
  }
  if (item !== undefined) checkFunction('item', item)
  if (ask !== undefined) checkFunction('ask', ask)
  if (who !== undefined) checkFunction('who', who)
  if (patience !== undefined) milliseconds('patience', patience)
  checkWork(work)
  let from = 0
  return phases.map((phase, index) => {
    const stretch = checkPhase(phase, from, `phases[${index}]`)
    from = stretch.to
    return stretch
  })
}

function checkPhase(phase: Phase, from: number, name: string): Stretch {
  const length = milliseconds(`${name}.for`, phase.for)
  if (length === 0) throw new RangeError(`${name}.for: expected more than 0`)
  const arrivals = checkOneOf(`${name}.arrivals`, phase.arrivals ?? 'random', ['random', 'even'])
  return {
    from,
    to: from + length,
    perSecond: checkNumber(`${name}.perSecond`, phase.perSecond, 0, MAX_RATE),
    isEven: arrivals === 'even',
    slow: checkNumber(`${name}.slow`, phase.slow ?? 1, 0.001, 1000),
  }
}

function checkWork<T>(work: Work<T>): void {
  if (typeof work !== 'object' || work === null) throw new TypeError(`work: expected { time, … }, got ${show(work)}`)
  if (typeof work.time !== 'function') milliseconds('work.time', work.time)
  checkNumber('work.spread', work.spread ?? 0.5, 0, 10)
  checkInteger('work.servers', work.servers ?? 1, 1, 100_000)
  checkNumber('work.failing', work.failing ?? 0, 0, 1)
  if (work.crowding !== undefined) checkFunction('work.crowding', work.crowding)
}
