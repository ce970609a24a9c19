import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { flow } from '../../src/flow/sources.ts'
import { world } from '../../src/testkit/world.ts'
import { flowOf, inputs, modelOf, programs } from './programs.ts'
import type { Step } from './step.ts'

const runs = 1000

/** What comes out when items come in clumps and are asked for in clumps. */
async function played(
  program: readonly Step[],
  items: readonly number[],
  clumps: readonly number[],
): Promise<unknown[]> {
  return world(1, async (w) => {
    const source = w.source<number>()
    const sink = w.sink<number>()
    const out: number[] = []
    const run = w.run(
      flowOf(program, source.flow).tap((n) => out.push(n)),
      sink,
    )
    let sent = 0
    for (const [turn, clump] of clumps.entries()) {
      if (turn % 2 === 0) sink.request(clump)
      else source.send(...items.slice(sent, (sent += clump)))
      await w.advance(1)
    }
    source.send(...items.slice(sent))
    source.complete()
    sink.request(100_000)
    await run.done
    return out
  })
}

describe('random programs of synchronous operators', () => {
  test('do what arrays do, in both tiers', async () => {
    await fc.assert(
      fc.asyncProperty(programs(), inputs, fc.constantFrom(false, 0), async (program, items, codegen) => {
        const out = await flowOf(program, flow(items)).toArray(100_000, { codegen })

        expect(out, program.map(({ name }) => name).join(' · ')).toEqual(modelOf(program, items))
      }),
      { numRuns: runs },
    )
  })

  test('do the same however items come and are asked for', async () => {
    const clumps = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(programs(), inputs, clumps, async (program, items, schedule) => {
        const out = await played(program, items, schedule)

        expect(out, program.map(({ name }) => name).join(' · ')).toEqual(modelOf(program, items))
      }),
      { numRuns: runs },
    )
  })

  test('are found out when one of them is wrong', async () => {
    const wrong: Step = {
      name: 'wrong skipLast',
      ours: (input) => input.filter((n) => n !== 7),
      array: (items) => items,
    }
    const found = fc.assert(
      fc.asyncProperty(inputs, async (items) => {
        expect(await flowOf([wrong], flow(items)).toArray(100)).toEqual(modelOf([wrong], items))
      }),
      { numRuns: runs, seed: 1 },
    )

    await expect(found).rejects.toThrow('Counterexample: [[7]]')
  })
})
