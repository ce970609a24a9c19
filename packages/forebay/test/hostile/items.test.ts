import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Flow } from '../../src/flow/flow.ts'
import { flow } from '../../src/flow/sources.ts'
import { seededRandom } from '../../src/kernel/random.ts'
import { TrialBench } from '../../src/testkit/bench.ts'
import { same } from '../../src/testkit/compare.ts'
import { itemsOf, shapeOf, type Subject } from '../../src/testkit/subject.ts'
import { world } from '../../src/testkit/world.ts'
import { families } from '../laws/families.ts'
import { looksBack } from './proxy.ts'

/** Values that are items like any other, whatever they look like. */
const hostile: Readonly<Record<string, () => unknown>> = {
  null: () => null,
  undefined: () => undefined,
  NaN: () => NaN,
  'a symbol': () => Symbol('item'),
  'a function': () => () => 'called',
  'a frozen object': () => Object.freeze({}),
  'an object without a prototype': () => Object.create(null) as unknown,
  'a proxy that throws at every look': looksBack,
  'a promise': () => Promise.resolve(1),
  'a thenable that never answers': () => ({
    // oxlint-disable-next-line no-thenable
    then: () => {},
  }),
  'an object whose then throws': () => ({
    // oxlint-disable-next-line no-thenable
    get then() {
      throw new Error('do not look')
    },
  }),
}

/** What work of a user may well wait for, or look at. */
const touchy: ReadonlySet<string> = new Set([
  'a proxy that throws at every look',
  'a promise',
  'a thenable that never answers',
  'an object whose then throws',
])

/** Subjects that make something of their items, or choose among them by what they are. */
const choosy: ReadonlySet<string> = new Set([
  'distinct',
  'durable edge',
  'encodeText',
  'limitBytes',
  'takeWhile',
  'takeWhile, inclusive',
])

const unhandled: unknown[] = []
const note = (error: unknown): void => void unhandled.push(error)

beforeAll(() => {
  process.on('unhandledRejection', note)
})
afterAll(() => {
  process.off('unhandledRejection', note)
})

const known = await families()
const subjects = known
  .flatMap((family) => family.subjects)
  .filter((subject) => subject.source === undefined && shapeOf(subject).outputs <= 1)

describe.each(Object.entries(hostile))('%s as an item', (what, make) => {
  it.each(subjects.map((subject) => [subject.name, subject] as const))('does no harm in %s', async (_, subject) => {
    await survives(subject, make, { isTouchy: touchy.has(what), isOut: what.includes('never answers') })
    expect(unhandled.splice(0)).toEqual([])
  })
})

async function survives(
  subject: Subject,
  make: () => unknown,
  { isTouchy, isOut }: { isTouchy: boolean; isOut: boolean },
): Promise<void> {
  await world(1, async (w) => {
    const shape = shapeOf(subject)
    const bench = new TrialBench(w.clock, seededRandom(1), 1)
    const inputs = Array.from({ length: shape.inputs }, () => [make(), make(), make()])
    const made = shape.build(
      inputs.map((items) => flow(items) as Flow<any>),
      bench,
    )
    const out: unknown[] = []
    const program = Array.isArray(made) ? (made[0] as Flow<unknown>).to((item) => void out.push(item)) : made
    const run = (program as ReturnType<Flow<unknown>['to']>).run({
      clock: w.clock,
      random: w.random,
      ...subject.run?.(bench),
    })
    const ends: ('completed' | 'failed')[] = []
    const over = run.done.then(
      () => void ends.push('completed'),
      () => void ends.push('failed'),
    )
    for (let turn = 0; turn < 3; turn++) await w.advance(4_000_000)
    const [end] = ends
    if (end === undefined) run.cancel('enough')
    await w.advance(1000)
    await over
    const { ledger, balanced } = run.inspect()
    // A write that is out may still be done: its item is neither lost nor over.
    expect({ balanced, inFlight: isOut ? 0 : ledger.inFlight }).toEqual({ balanced: true, inFlight: 0 })
    if (end === 'completed' && !isTouchy && isIdentity(subject)) expect(out).toEqual(inputs[0])
  })
}

/** It hands on just what comes in, whatever that is. */
function isIdentity(subject: Subject): boolean {
  const { inputs, results, rate, loses, order, view } = shapeOf(subject)
  if (
    subject.operator === undefined ||
    choosy.has(subject.name) ||
    rate === true ||
    loses !== undefined ||
    view !== undefined
  )
    return false
  const items = itemsOf(0, 3)
  return inputs === 1 && order === undefined && same(results([items])[0] ?? [], items)
}
