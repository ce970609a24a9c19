import { Effect, Stream } from 'effect'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { flow } from '../../src/flow/sources.ts'
import { flowOf, inputs, programs } from './programs.ts'

describe('random programs of synchronous operators, beside Effect', () => {
  test('do what its streams do', async () => {
    await fc.assert(
      fc.asyncProperty(
        programs((step) => step.effect !== undefined),
        inputs,
        async (program, items) => {
          const stream = program.reduce((input, step) => step.effect?.(input) ?? input, Stream.fromIterable(items))
          const theirs = await Effect.runPromise(Stream.runCollect(stream))

          expect(
            await flowOf(program, flow(items)).toArray(100_000),
            program.map(({ name }) => name).join(' · '),
          ).toEqual([...theirs])
        },
      ),
      { numRuns: 1000 },
    )
  })
})
