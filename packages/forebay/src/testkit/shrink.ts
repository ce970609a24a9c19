import { UNBOUNDED } from '../kernel/receiver.ts'
import type { Schedule, Step } from './schedule.ts'

/** Simpler schedules than this one, the boldest cuts first. Deterministic, so that a path of choices can be replayed. */
export function simpler(schedule: Schedule): Schedule[] {
  return [...fewerSteps(schedule), ...fewerItems(schedule), ...plainer(schedule), ...smallerSteps(schedule)]
}

function fewerSteps(schedule: Schedule): Schedule[] {
  const { steps } = schedule
  const half = steps.length >> 1
  const cuts = half > 1 ? [steps.slice(0, half), steps.slice(half)] : []
  const without = steps.map((_, index) => [...steps.slice(0, index), ...steps.slice(index + 1)])
  return [...cuts, ...without].map((rest) => ({ ...schedule, steps: rest }))
}

function fewerItems(schedule: Schedule): Schedule[] {
  return schedule.inputs.flatMap((input, at) => {
    const counts = [0, input.items >> 1, input.items - 1].filter((items) => items >= 0 && items < input.items)
    const inputs = [...new Set(counts)].map((items) => ({ ...input, items }))
    if (input.ends === 'fail') inputs.push({ ...input, ends: 'complete' })
    return inputs.map((next) => ({
      ...schedule,
      inputs: schedule.inputs.map((old, index) => (index === at ? next : old)),
    }))
  })
}

function plainer(schedule: Schedule): Schedule[] {
  const easier: Partial<Schedule>[] = [
    { bomb: undefined },
    { cancelAt: 0 },
    { reentrant: 0 },
    { openWith: 0 },
    { tier: 'plain' },
    { contexts: false },
    { accounting: true },
    { readMs: 0 },
    { tail: false },
    { gulp: 1 },
    { lazy: false },
    { chaos: false },
    { finish: 'supply' },
    { hotAfter: 0 },
    ...(schedule.bomb !== undefined && schedule.bomb.at > 1
      ? [{ bomb: { ...schedule.bomb, at: schedule.bomb.at - 1 } }]
      : []),
  ]
  return easier
    .filter((change) => Object.entries(change).some(([key, value]) => schedule[key as keyof Schedule] !== value))
    .map((change) => ({ ...schedule, ...change }))
}

function smallerSteps(schedule: Schedule): Schedule[] {
  return schedule.steps.flatMap((step, at) => {
    const smaller = smallerStep(step)
    if (smaller === undefined) return []
    return [{ ...schedule, steps: schedule.steps.map((old, index) => (index === at ? smaller : old)) }]
  })
}

function smallerStep(step: Step): Step | undefined {
  if (step.do === 'advance') return step.ms > 1 ? { ...step, ms: step.ms >> 1 } : undefined
  if (step.do !== 'send' && step.do !== 'request') return undefined
  if (step.count <= 1) return undefined
  return { ...step, count: step.count >= UNBOUNDED ? 8 : step.count >> 1 }
}
