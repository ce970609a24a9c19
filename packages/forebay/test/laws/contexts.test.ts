import type { AsyncLocalStorage } from 'node:async_hooks'
import { afterEach, describe, expect, test } from 'vitest'
import { readContext, withContext } from '../../src/flow/context/with-context.ts'
import type { Flow } from '../../src/flow/flow.ts'
import { together } from '../../src/flow/program.ts'
import { flow } from '../../src/flow/sources.ts'
import { carryAsyncContext } from '../../src/node/carry-async-context.ts'
import { TrialBench } from '../../src/testkit/bench.ts'
import type { JunctionSubject, OperatorSubject } from '../../src/testkit/subject.ts'
import { world, type World } from '../../src/testkit/world.ts'
import { disableStorages, freshStorage } from '../support/fresh-storage.ts'
import { families } from './families.ts'

afterEach(disableStorages)

type Carrier = OperatorSubject | JunctionSubject

/** What each result has taken along: the items that it was made of, and those of them that its context knows. */
interface Carried {
  readonly of: readonly number[]
  readonly own: readonly number[]
}

const mark = withContext<number, readonly number[]>((item) => [item], { merge: (first, next) => [...first, ...next] })

/** Runs a piece on items that take their own number along. */
async function carriedThrough(w: World, subject: Carrier, storage?: AsyncLocalStorage<number>): Promise<Carried[]> {
  const carried: Carried[] = []
  const bench = new TrialBench(w.clock, w.random)
  const look = readContext<any, readonly number[], void>((result, own = []) => {
    const store = storage?.getStore()
    carried.push({ of: subject.from?.(result) ?? [], own: store === undefined ? own : [store] })
  })
  const flows = (
    subject.junction === undefined ? [0] : Array.from({ length: subject.inputs }, (_, index) => index)
  ).map((index) => flow(Array.from({ length: 12 }, (_, item) => index * 1000 + item + 1)).via(mark))
  const built =
    subject.junction === undefined
      ? [subject.operator(flows[0] as Flow<number>, bench)]
      : subject.junction(flows, bench)
  const program = together(built.map((end) => end.via(look).to(() => {})))
  w.run(storage === undefined ? program : carryAsyncContext(storage, { of: (item: number) => item })(program))
  await w.advance(5000)
  return carried
}

/** Pieces that give items another one on purpose. */
const givers = new Set(['withContext', 'mapContext'])

/** Where records are kept outside of the process, only they come back. */
const subjects = (await families()).flatMap((family) =>
  family.subjects.filter(
    (subject): subject is Carrier =>
      (subject.operator !== undefined || subject.junction !== undefined) &&
      subject.from !== undefined &&
      subject.run === undefined &&
      (subject as OperatorSubject).stopsAt === undefined &&
      !givers.has(subject.name),
  ),
)

describe('what items take along', () => {
  test('is looked for behind most pieces', () => {
    expect(subjects.length).toBeGreaterThan(100)
  })

  test.each(subjects.map((subject) => [subject.name, subject] as const))('stays with them: %s', (_, subject) =>
    world(1, async (w) => {
      const carried = await carriedThrough(w, subject)
      expect(carried).not.toEqual([])
      for (const { of, own } of carried) {
        for (const item of of) expect(own).toContain(item)
      }
    }),
  )

  test.each(subjects.map((subject) => [subject.name, subject] as const))(
    'is the store of one of them: %s',
    (_, subject) =>
      world(1, async (w) => {
        for (const { of, own } of await carriedThrough(w, subject, freshStorage<number>())) {
          if (of.length > 0) expect(of).toContain(own[0])
        }
      }),
  )
})
