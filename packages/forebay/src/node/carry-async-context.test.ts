import { AsyncLocalStorage } from 'node:async_hooks'
import { afterEach, describe, expect, test } from 'vitest'
import { withContext } from '../flow/context/with-context.ts'
import { firehose, type Emit } from '../flow/firehose.ts'
import { flow } from '../flow/sources.ts'
import { world } from '../testkit/world.ts'
import { disableStorages, freshStorage } from '../../test/support/fresh-storage.ts'

afterEach(disableStorages)
import { carryAsyncContext } from './carry-async-context.ts'

describe('carryAsyncContext', () => {
  test('each function sees the store in which its item came, wherever it is called', () =>
    world(1, async (w) => {
      const storage = freshStorage<string>()
      const seen: string[] = []
      const see = (where: string, item: number): number => {
        seen.push(`${where} ${item} ${storage.getStore()}`)
        return item
      }
      let emit: Emit<number> | undefined
      const program = firehose<number>((give) => {
        emit = give
        return () => {}
      })
        .buffer(10, 'drop-newest')
        .map((item) => see('map', item))
        .mapAsync(
          async (item) => {
            await w.delay(10 - item)
            return see('work', item)
          },
          { concurrency: 3, order: 'completion' },
        )
        .buffer(4)
        .filter((item) => see('filter', item) !== 2)
        .to(async (item) => {
          await w.delay(1)
          see('sink', item)
        })
      w.run(carryAsyncContext(storage)(program))
      for (const item of [1, 2, 3]) storage.run(`store ${item}`, () => emit?.(item))
      emit?.(4)
      await w.advance(100)
      expect(seen.toSorted()).toEqual(
        ['filter', 'map', 'sink', 'work']
          .flatMap((where) =>
            [1, 2, 3, 4].map((item) => `${where} ${item} ${item === 4 ? undefined : `store ${item}`}`),
          )
          .filter((line) => !line.startsWith('sink 2')),
      )
    }))

  test('takes the store of a source from where it was run, or from the item', () =>
    world(2, async (w) => {
      const storage = freshStorage<string>()
      const seen: unknown[] = []
      const program = flow([1, 2])
        .buffer(1)
        .to(() => void seen.push(storage.getStore()))
      await storage.run('outer', () => w.run(carryAsyncContext(storage)(program)).done)
      await w.run(carryAsyncContext(storage, { of: (item: number) => `item ${item}` })(program)).done
      await w.run(program).done
      expect(seen).toEqual(['outer', 'outer', 'item 1', 'item 2', undefined, undefined])
    }))

  test('goes with what the program gives its items itself', () =>
    world(3, async (w) => {
      const storage = freshStorage<string>()
      const seen: unknown[] = []
      const program = flow([1, 2])
        .via(withContext((item) => ({ trace: `t${item}` })))
        .buffer(2)
        .mapAsync((_, { own }) => [own, storage.getStore()])
        .to((pair) => void seen.push(pair))
      await w.run(carryAsyncContext(storage, { of: (item: number) => `s${item}` })(program)).done
      expect(seen).toEqual([
        [{ trace: 't1' }, 's1'],
        [{ trace: 't2' }, 's2'],
      ])
    }))

  test('leaves branches of a flow one flow', () =>
    world(4, async (w) => {
      const storage = freshStorage<number>()
      const seen: unknown[] = []
      const look = (item: number): void => void seen.push([item, storage.getStore()])
      const program = flow([1, 2]).broadcast(
        (branch) => branch.buffer(1).to(look),
        (branch) => branch.map((item) => item * 10).to(look),
      )
      const run = w.run(carryAsyncContext(storage, { of: (item: number) => item })(program))
      await run.done
      expect(seen).toHaveLength(4)
      for (const [item, store] of seen as [number, number][]) expect([item, item / 10]).toContain(store)
      expect(run.inspect().ledger).toMatchObject({ in: 2, out: 2 })
      expect(run.inspect().balanced).toBe(true)
    }))

  test('checks its options', () => {
    expect(() => carryAsyncContext({} as AsyncLocalStorage<number>)).toThrow(
      'expected an AsyncLocalStorage, got an object',
    )
    expect(() => carryAsyncContext(new AsyncLocalStorage(), { of: 1 as never })).toThrow(
      'of: expected a function, got 1',
    )
  })
})
