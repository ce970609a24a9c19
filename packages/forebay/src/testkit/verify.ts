import { seededRandom } from '../kernel/random.ts'
import { Blueprint } from './blueprint.ts'
import { playCard } from './card.ts'
import { begin, conduct, finish } from './conduct.ts'
import { checkIsolation } from './isolation.ts'
import { LawViolation, type Finding, type Law } from './law-violation.ts'
import { checkScale } from './scale.ts'
import { corners, randomSchedule, showSchedule, type Schedule } from './schedule.ts'
import { simpler } from './shrink.ts'
import { shapeOf, type Shape, type Subject } from './subject.ts'
import { Trial } from './trial.ts'

/** Options of {@link verify}. */
export interface VerifyOptions {
  /** Where chance starts; default 1. */
  seed?: number
  /** Random schedules, beside the fixed ones; default 100. */
  trials?: number
  /** Runs only the case that a `LawViolation` has named. */
  path?: string
  /** Looks for the smallest case that breaks a law; default true. */
  shrink?: boolean
}

/** What {@link verify} has done. */
export interface Verified {
  /** Cases that were run: schedules, floods, branches held back, examples of the card. */
  readonly cases: number
}

/** Checks that need no chance; their name is their path. */
const fixedChecks: Readonly<Record<string, (shape: Shape) => Promise<Finding | undefined>>> = {
  isolation: checkIsolation,
  scale: checkScale,
}

/** At most so many smaller cases are tried once a law is broken. */
const MAX_SHRINKS = 400

/**
 * Puts an operator, source, sink or junction through the 14 laws: under random demand, chunking, ends,
 * cancellation at every point, errors beside it, in all tiers, with and without contexts. Throws a
 * {@link LawViolation} with the smallest case found and the line that shows it again. The examples on the card of a
 * subject are played as well. Resolves with what was done.
 *
 * @example
 * await verify({ name: 'double', operator: (flow) => flow.map((n) => n * 2), model: (items) => items.map((n) => n * 2) })
 */
export async function verify(subject: Subject, options: VerifyOptions = {}): Promise<Verified> {
  const { seed = 1, trials = 100, path, shrink = true } = options
  const shape = shapeOf(subject)
  const schedules = schedulesOf(shape, seed)
  if (path !== undefined) {
    await replay(shape, schedules, seed, path)
    return { cases: 1 }
  }
  let cases = await playCard(subject)
  const prints = new Map<boolean, Blueprint>()
  const fixed = corners(shape).length
  for (let index = 0; index < fixed + trials; index++) {
    const schedule = schedules(index)
    const finding = await attempt(blueprintFor(shape, schedule, prints), schedule)
    cases++
    if (finding === undefined) continue
    if (!shrink) throw violation(shape, finding, seed, String(index), schedule)
    await report(shape, schedule, finding, seed, index, index > 0 ? schedules(0) : undefined)
  }
  if (shape.shares !== true) cases += await checkOverlap(shape, schedules, seed)
  for (const [path, check] of Object.entries(fixedChecks)) {
    const finding = await check(shape)
    if (finding !== undefined) throw new LawViolation({ subject: shape.name, finding, seed, path, steps: [] })
    cases++
  }
  return { cases }
}

/** The n-th schedule of a seed: the corners first, then chance. */
function schedulesOf(shape: Shape, seed: number): (index: number) => Schedule {
  const fixed = corners(shape)
  return (index) => fixed[index] ?? randomSchedule(shape, seededRandom(seed * 1_000_003 + index * 7919))
}

async function attempt(blueprint: Blueprint, schedule: Schedule): Promise<Finding | undefined> {
  const trial = new Trial(blueprint, schedule)
  await conduct(trial)
  return trial.finding
}

/** Blueprints are used again for every trial: that is law 13. */
function blueprintFor(shape: Shape, schedule: Schedule, known: Map<boolean, Blueprint>): Blueprint {
  const { tier, hotAfter, bomb } = schedule
  const wrapped = tier === 'closures' || (tier === 'compiled' && hotAfter > 0) || bomb !== undefined
  const blueprint = known.get(wrapped) ?? new Blueprint(shape, wrapped)
  known.set(wrapped, blueprint)
  return blueprint
}

function fresh(shape: Shape, schedule: Schedule): Promise<Finding | undefined> {
  return attempt(blueprintFor(shape, schedule, new Map()), schedule)
}

/** A broken law: is it broken by a blueprint that runs for the first time, and what is the smallest case? */
async function report(
  shape: Shape,
  schedule: Schedule,
  finding: Finding,
  seed: number,
  index: number,
  passed: Schedule | undefined,
): Promise<never> {
  let smallest = schedule
  let found = await fresh(shape, schedule)
  // State may also live outside of every blueprint: then what has passed once does not pass again.
  const isWorn = passed !== undefined && (await fresh(shape, passed)) !== undefined
  if (found === undefined || isWorn) {
    const message = `it worked at first, and not after it had been run before (${finding.message})`
    throw violation(shape, { law: 13, message }, seed, String(index), schedule)
  }
  const choices: number[] = [index]
  let tries = 0
  for (let again = true; again && tries < MAX_SHRINKS;) {
    again = false
    for (const [choice, candidate] of simpler(smallest).entries()) {
      if (tries++ >= MAX_SHRINKS) break
      const next = await fresh(shape, candidate)
      if (next?.law !== found.law) continue
      smallest = candidate
      found = next
      choices.push(choice)
      again = true
      break
    }
  }
  throw violation(shape, found, seed, choices.join(':'), smallest)
}

async function replay(shape: Shape, schedules: (index: number) => Schedule, seed: number, path: string): Promise<void> {
  const check = fixedChecks[path]
  if (check !== undefined) {
    const finding = await check(shape)
    if (finding !== undefined) throw new LawViolation({ subject: shape.name, finding, seed, path, steps: [] })
    return
  }
  const [index = 0, ...choices] = path.split(':').map(Number)
  let schedule = schedules(index)
  for (const choice of choices) schedule = simpler(schedule)[choice] ?? schedule
  const finding = await fresh(shape, schedule)
  if (finding !== undefined) throw violation(shape, finding, seed, path, schedule)
}

/** Two runs of one blueprint at the same time do not know of each other. Returns how often that was tried. */
async function checkOverlap(shape: Shape, schedules: (index: number) => Schedule, seed: number): Promise<number> {
  const times = 3
  for (let index = 0; index < times; index++) {
    const schedule: Schedule = { ...schedules(index * 5 + 1), bomb: undefined, tier: 'plain' }
    const blueprint = new Blueprint(shape, false)
    const first = new Trial(blueprint, schedule)
    first.start()
    await begin(first)
    const second = new Trial(blueprint, schedule)
    await conduct(second)
    await finish(first)
    const finding = first.finding ?? second.finding
    if (finding === undefined) continue
    const law: Law = (await fresh(shape, schedule)) === undefined ? 13 : finding.law
    throw violation(shape, { law, message: `two runs at once: ${finding.message}` }, seed, `${index}`, schedule)
  }
  return times
}

function violation(shape: Shape, finding: Finding, seed: number, path: string, schedule: Schedule): LawViolation {
  return new LawViolation({ subject: shape.name, finding, seed, path, steps: showSchedule(schedule) })
}
