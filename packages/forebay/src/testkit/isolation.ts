import { UNBOUNDED } from '../kernel/receiver.ts'
import { Blueprint } from './blueprint.ts'
import { difference } from './compare.ts'
import type { Finding } from './law-violation.ts'
import { calm } from './schedule.ts'
import { itemsOf, type Shape } from './subject.ts'
import { Trial } from './trial.ts'

const ITEMS = 9

/**
 * What several inputs or outputs do to each other: one that wants nothing, one that is gone, one that comes
 * late, one that has nothing. A subject says which of these hold the others back.
 */
export async function checkIsolation(shape: Shape): Promise<Finding | undefined> {
  const checks = [
    ...(shape.outputs > 1 ? [slowOutput, deadOutput] : []),
    ...(shape.inputs > 1 && shape.outputs === 1 ? [idleInput] : []),
  ]
  for (const check of checks) {
    const trial = new Trial(new Blueprint(shape, false), {
      ...calm,
      inputs: Array.from({ length: shape.inputs }, () => ({ items: ITEMS, ends: 'complete' as const })),
    })
    trial.start()
    const finding = (await check(trial)) ?? trial.finding
    trial.run.cancel('the check is over')
    if (finding !== undefined) return finding
  }
  return undefined
}

/** One output wants nothing for a long time, and then everything. */
async function slowOutput(trial: Trial): Promise<Finding | undefined> {
  const [slow, ...others] = trial.sinks
  for (const sink of others) sink.request(UNBOUNDED)
  await supply(trial)
  if (trial.shape.slow === 'independent') {
    const held = missing(trial, 1)
    if (held !== undefined) return { law: 10, message: `output 0 wants nothing, and it holds the others back: ${held}` }
  }
  slow?.request(UNBOUNDED)
  await pass(trial)
  const late = missing(trial, 0)
  return late === undefined ? undefined : { law: 9, message: `output 0 came late: ${late}` }
}

/** One output cancels before anything has come; the others have everything. */
async function deadOutput(trial: Trial): Promise<Finding | undefined> {
  const [dead, ...others] = trial.sinks
  dead?.cancel(trial.reason)
  for (const sink of others) sink.request(UNBOUNDED)
  await supply(trial)
  const held = missing(trial, 1)
  return held === undefined
    ? undefined
    : { law: 10, message: `output 0 is gone, and it holds the others back: ${held}` }
}

/** The last input has nothing for a long time. */
async function idleInput(trial: Trial): Promise<Finding | undefined> {
  const { shape, sinks, sources } = trial
  const last = sources.length - 1
  sinks[0]?.request(UNBOUNDED)
  for (let at = 0; at < last; at++) trial.end(at)
  await pass(trial)
  if (shape.idle === 'independent') {
    const expected = sources.flatMap((_, at) => (at < last ? itemsOf(at, ITEMS) : []))
    const held = difference({ order: 'any' }, sinks[0]?.received ?? [], expected, 'all')
    if (held !== undefined)
      return { law: 10, message: `input ${last} has nothing, and it holds the others back: ${held}` }
  }
  trial.end(last)
  await pass(trial)
  const left = missing(trial, 0)
  return left === undefined ? undefined : { law: 9, message: `input ${last} came late: ${left}` }
}

async function supply(trial: Trial): Promise<void> {
  trial.sources.forEach((_, at) => trial.end(at))
  await pass(trial)
}

async function pass(trial: Trial): Promise<void> {
  await trial.quiet()
  await trial.clock.advance(10_000)
}

/** What the outputs from `first` on lack of their results, or of their end. */
function missing(trial: Trial, first: number): string | undefined {
  const { shape, sinks, sources } = trial
  const results = shape.results(sources.map((_, at) => itemsOf(at, ITEMS)))
  for (let at = first; at < sinks.length; at++) {
    const sink = sinks[at]
    // Which results there are may depend on who came late, on purpose.
    const strictness = shape.rate === true ? 'some' : 'all'
    const different = difference(shape, sink?.received ?? [], results[at] ?? [], strictness)
    if (different !== undefined) return `output ${at}: ${different}`
    if (sink?.state !== 'completed') return `output ${at} does not complete`
  }
  return undefined
}
