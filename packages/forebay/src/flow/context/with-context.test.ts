import { describe, expect, test } from 'vitest'
import { world } from '../../testkit/world.ts'
import { flow } from '../sources.ts'
import { mapContext, readContext, withContext } from './with-context.ts'

describe('what items take along', () => {
  test('is read by the work of mapAsync, on every attempt', () =>
    world(1, async (w) => {
      const seen = new Set<string>()
      const program = flow([1, 2, 3])
        .via(withContext((item) => `trace ${item}`))
        .buffer(2)
        .mapAsync(
          async (item, work) => {
            await w.delay(5 - item)
            seen.add(`${item} ${work.attempt} ${String(work.own)}`)
            if (work.attempt === 1) throw new Error('again')
            return item
          },
          { concurrency: 3, retry: 1 },
        )
        .to(() => {})
      await w.run(program).done
      expect(seen).toEqual(
        new Set([1, 2, 3].flatMap((item) => [1, 2].map((attempt) => `${item} ${attempt} trace ${item}`))),
      )
    }))

  test('is undefined where nobody has given anything', () =>
    world(2, async (w) => {
      const seen: unknown[] = []
      const program = flow([1])
        .mapAsync((_, { own }) => seen.push(own))
        .via(readContext((_, own) => seen.push(own)))
        .via(mapContext((own) => seen.push(own)))
        .to(() => {})
      await w.run(program).done
      expect(seen).toEqual([undefined, undefined, undefined])
    }))

  test('of several is that of the first, or merged from the first to the last', () =>
    world(3, async (w) => {
      const batched = (merge?: (first: string, next: string) => string): Promise<string[]> => {
        const seen: string[] = []
        const program = flow([1, 2, 3, 4, 5])
          .via(withContext((item) => `${item}`, merge === undefined ? {} : { merge }))
          .batch(3)
          .via(mapContext((own?: string) => `<${own}>`))
          .batch(2)
          .via(readContext((_, own?: string) => seen.push(own as string)))
          .to(() => {})
        return w.run(program).done.then(() => seen)
      }
      expect(await batched()).toEqual(['<1>'])
      expect(await batched((first, next) => `${first}+${next}`)).toEqual(['<1+2+3>+<4+5>'])
    }))

  test('a merge that throws fails the flow, and the account balances', () =>
    world(4, async (w) => {
      const merge = (): never => {
        throw new Error('no')
      }
      const run = w.run(
        flow([1, 2])
          .via(withContext((item) => item, { merge }))
          .batch(2)
          .to(() => {}),
      )
      await expect(run.done).rejects.toThrow('no')
      expect(run.inspect().balanced).toBe(true)
    }))

  test('checks its functions', () => {
    expect(() => withContext(1 as never)).toThrow('withContext: expected a function, got 1')
    expect(() => withContext(String, { merge: 1 as never })).toThrow('merge: expected a function, got 1')
    expect(() => mapContext(1 as never)).toThrow('mapContext: expected a function, got 1')
    expect(() => readContext(1 as never)).toThrow('readContext: expected a function, got 1')
  })
})
