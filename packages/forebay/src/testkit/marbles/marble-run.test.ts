import { describe, expect, it } from 'vitest'
import type { Flow } from '../../flow/flow.ts'
import { flow } from '../../flow/sources.ts'
import { world } from '../world.ts'

describe('lanes', () => {
  it('show how demand holds data back', async () => {
    await world(1, async (w) => {
      const lanes = { data: '-a-b-c|', demand: '1----2' }

      await w.run((items) => items.map((x) => x), lanes).toBe({ out: '-a---(bc)|', upstream: '1----2' })
      await w.run((items) => items.buffer(2), lanes).toBe({ out: '-a---(bc)|', upstream: '21---2' })
    })
  })

  it('take what happens in one instant as a group, and long times as one word', async () => {
    await world(1, async (w) => {
      const batched = w.run((items) => items.batch({ items: 3, within: '50ms' }), {
        data: '-a-b 100ms (cd|)',
        values: { A: ['a', 'b'], B: ['c', 'd'] },
      })

      expect(await batched.lanes()).toEqual({ out: [' 51ms A 52ms (B|)'], upstream: ['*'], lost: {} })
      await batched.toBe({ out: ' 51ms A 52ms (B|)' })
    })
  })

  it('count what is lost, by reason', async () => {
    await world(1, async (w) => {
      const lanes = { data: '12345|', demand: '------9' }

      await w
        .run((items) => items.buffer(2, 'drop-oldest'), lanes)
        .toBe({
          out: '------(45|)',
          upstream: '*',
          lost: { 'drop-oldest': 3 },
        })
    })
  })

  it('show that a cancellation reaches upstream with what was held given up', async () => {
    await world(1, async (w) => {
      await w
        .run((items) => items.buffer(4), { data: '123', demand: '---1!' })
        .toBe({
          out: '---1',
          upstream: '4--1!',
          lost: { cancelled: 2 },
        })
    })
  })

  it('have a lane for each input and each output', async () => {
    await world(1, async (w) => {
      await w
        .run(([a, b]) => [(a as Flow<any>).zip(b as Flow<any>)], {
          data: ['a-b--|', '-c---d|'],
          values: { A: ['a', 'c'], B: ['b', 'd'] },
        })
        .toBe({
          out: '-A---(B|)',
        })
    })
  })

  it('play a source without data, and a program with its result', async () => {
    await world(1, async (w) => {
      await w.run(() => flow.range(1, 3), { demand: '1--9' }).toBe({ out: '1--(23|)' })
      await w.run((items) => items.to(() => w.delay(2)), { data: '12|' }).toBe({ upstream: '1-1', result: 2 })
    })
  })

  it('name the error with which a flow fails', async () => {
    await world(1, async (w) => {
      await w
        .run((items) => items.idleTimeout(5), { data: 'a--------b' })
        .toBe({ out: 'a----#', error: 'FOREBAY_TIMEOUT' })
      await w.run((items) => items.map((x) => x), { data: '-#' }).toBe({ out: '-#', error: 'failed' })
    })
  })

  it('show both pictures when they differ', async () => {
    const differs = world(1, async (w) => {
      await w
        .run((items) => items.map((x) => x), { data: '-a-b|', demand: '2' })
        .toBe({ out: '-a--b|', lost: { x: 1 } })
    })

    await expect(differs).rejects.toThrow(
      [
        '  data: -a-b|',
        '  demand: 2',
        'out expected: -a--b|',
        'out got:      -a-b|',
        'lost expected: {"x":1}',
        'lost got:      {}',
      ].join('\n'),
    )
  })

  it('refuse a mark that means nothing', async () => {
    await world(1, async (w) => {
      await expect(w.run((items) => items, { data: '-a?' }).lanes()).rejects.toThrow(/'\?' has no meaning/)
      await expect(w.run((items) => items, { data: 'a', demand: 'x' }).lanes()).rejects.toThrow(
        /a lane of demand has digits/,
      )
    })
  })

  it('are checked to their end: what comes late is not overlooked', async () => {
    await world(1, async (w) => {
      const late = w.run((items) => items.mapAsync((x) => w.delay(20, x)), { data: 'a' })

      await expect(late.toBe({ out: '' })).rejects.toThrow(/out got: {6} 20ms a/)
    })
  })
})
