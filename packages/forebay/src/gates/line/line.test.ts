import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Ask, Gate, Level, Permit } from '../../kernel/gate.ts'
import type { Shed } from '../../kernel/shed.ts'
import { VirtualClock, settled } from '../../testkit/virtual-clock.ts'
import { limit } from '../limit/limit.ts'
import { rate } from '../rate/rate.ts'
import type { LineOptions } from './line-options.ts'

/** A gate whose one permit is taken, and the order in which the waiters that join it get it. */
function standing(line: LineOptions): {
  clock: VirtualClock
  gate: Gate
  join: (name: string, ask?: Ask) => void
  serve: () => Promise<void>
  served: string[]
  sheds: Record<string, Shed>
} {
  const clock = new VirtualClock()
  const gate = limit(1, { clock, line })
  const served: string[] = []
  const sheds: Record<string, Shed> = {}
  let held = gate.tryAcquire() as Permit
  return {
    clock,
    gate,
    served,
    sheds,
    join: (name, ask) => {
      void Promise.resolve(gate.acquire(ask)).then(
        (permit) => {
          served.push(name)
          held = permit
        },
        (shed: Shed) => (sheds[name] = shed),
      )
    },
    serve: async () => {
      held.release()
      await settled()
    },
  }
}

describe('who goes next', () => {
  it('the more important level first, whoever came first', async () => {
    const { join, serve, served } = standing({ hold: '1m' })
    for (const level of [3, 1, 0, 2, 0] as Level[]) join(`level ${level}`, { level })
    for (let i = 0; i < 5; i++) await serve()
    expect(served).toEqual(['level 0', 'level 0', 'level 1', 'level 2', 'level 3'])
  })

  it('the keys of a level in turn', async () => {
    const { join, serve, served } = standing({ hold: '1m' })
    for (const key of ['a', 'a', 'a', 'b', 'c', 'c']) join(key, { key })
    for (let i = 0; i < 6; i++) await serve()
    expect(served).toEqual(['a', 'b', 'c', 'a', 'c', 'a'])
  })

  it('first come first served whatever the key where fairness is off', async () => {
    const { join, serve, served } = standing({ hold: '1m', fair: false })
    for (const key of ['a', 'a', 'a', 'b']) join(key, { key })
    for (let i = 0; i < 4; i++) await serve()
    expect(served).toEqual(['a', 'a', 'a', 'b'])
  })

  it('the oldest of a key, and the youngest once the line has been standing', async () => {
    const { clock, join, serve, served } = standing({ hold: '1m', standing: 100 })
    for (const name of ['1', '2', '3']) join(name)
    await serve()
    await clock.advance(101)
    join('4')
    await serve()
    await serve()
    expect(served).toEqual(['1', '4', '3'])
    await serve()
    join('5')
    join('6')
    await serve()
    expect(served.slice(3)).toEqual(['2', '5'])
  })

  it('whoever waits for as long as it takes before the youngest, or it might wait for ever', async () => {
    const { clock, join, serve, served } = standing({ hold: '1m', standing: 100 })
    for (const name of ['endless 1', 'endless 2']) join(name, { hold: Infinity })
    join('old')
    await clock.advance(101)
    join('young')
    for (let i = 0; i < 4; i++) await serve()
    expect(served).toEqual(['endless 1', 'endless 2', 'young', 'old'])
  })

  it('shares cost, not calls, between keys that always wait', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 5 }),
        fc.integer({ min: 5, max: 60 }),
        async (costs, rounds) => {
          const clock = new VirtualClock()
          const got = costs.map(() => 0)
          const gate = rate({ limit: 1000, burst: 1, clock, line: { max: 100_000, hold: Infinity } })
          gate.tryAcquire({ cost: 1 })
          const largest = Math.max(...costs)
          costs.forEach((cost, i) => {
            for (let left = rounds * largest; left > 0; left -= cost) {
              void Promise.resolve(gate.acquire({ key: `k${i}`, cost })).then(
                () => (got[i] = (got[i] as number) + cost),
              )
            }
          })
          await clock.advance((costs.length * rounds * largest) / 2)
          for (const share of got) expect(Math.abs(share - (got[0] as number))).toBeLessThanOrEqual(2 * largest)
          expect(Math.min(...got)).toBeGreaterThan(0)
        },
      ),
      { numRuns: 15 },
    )
  })

  it('gives a less important level its floor while more important work always waits', async () => {
    const { join, serve, served } = standing({ hold: '1m', max: 1000, floor: [0, 0, 0.05, 0.2] })
    for (let i = 0; i < 100; i++) for (const level of [0, 2, 3] as Level[]) join(`${level}`, { level })
    for (let i = 0; i < 100; i++) await serve()
    const count = (level: string): number => served.filter((name) => name === level).length
    expect([19, 20]).toContain(count('3'))
    expect([4, 5]).toContain(count('2'))
    expect(count('0') + count('2') + count('3')).toBe(100)
  })

  it('nobody from below while the floors are zero', async () => {
    const { join, serve, served } = standing({ hold: '1m', max: 1000 })
    for (let i = 0; i < 50; i++) for (const level of [0, 3] as Level[]) join(`${level}`, { level })
    for (let i = 0; i < 50; i++) await serve()
    expect(new Set(served)).toEqual(new Set(['0']))
  })
})

describe('who is shed', () => {
  it('whoever has been held as long as its level may be, and no other', async () => {
    const { clock, join, sheds, gate } = standing({ hold: [400, 100, 50] })
    for (const level of [0, 1, 2, 3] as Level[]) join(`level ${level}`, { level })
    join('patient', { hold: 1000 })
    join('endless', { hold: Infinity })

    await clock.advance(49)
    expect(Object.keys(sheds)).toEqual([])
    await clock.advance(1)
    expect(Object.keys(sheds)).toEqual(['level 2', 'level 3'])
    await clock.advance(50)
    expect(sheds['level 1']).toMatchObject({ reason: 'limit', waitedMs: 100, level: 1 })
    await clock.advance(300)
    expect(sheds['level 0']).toMatchObject({ waitedMs: 400 })
    await clock.advance(600)
    expect(sheds['patient']).toMatchObject({ waitedMs: 1000 })
    await clock.advance(1e6)
    expect(gate.stats).toMatchObject({ waiting: 1, sheds: { limit: 5 } })
  })

  it('whoever reaches its deadline in the line, at that moment', async () => {
    const { clock, join, sheds } = standing({ hold: '1m' })
    join('late', { deadline: 70 })
    await clock.advance(69)
    expect(sheds).toEqual({})
    await clock.advance(1)
    expect(sheds['late']).toMatchObject({ reason: 'deadline', waitedMs: 70 })
  })

  it('the oldest waiter of the greediest key of the least important level, when the line is full', async () => {
    const { join, sheds, gate } = standing({ hold: '1m', max: 6 })
    for (const name of ['g1', 'g2', 'g3', 'g4']) join(name, { level: 2, key: 'greedy' })
    join('m1', { level: 2, key: 'modest' })
    join('top', { level: 0, key: 'greedy' })

    join('n1', { level: 1 })
    join('n2', { level: 2, key: 'new' })
    await settled()

    expect(Object.keys(sheds)).toEqual(['g1', 'g2'])
    expect(sheds['g1']).toMatchObject({ reason: 'evicted', level: 2 })
    expect(gate.stats.waiting).toBe(6)
  })

  it('the arriving one, when all who wait are more important', async () => {
    const { join, sheds } = standing({ hold: '1m', max: 2 })
    join('a', { level: 1 })
    join('b', { level: 1 })
    join('c', { level: 2 })
    await settled()
    expect(sheds).toMatchObject({ c: { reason: 'line' } })
  })

  it('the arriving one, where nobody may be pushed out', async () => {
    const { join, sheds } = standing({ hold: '1m', max: 1, overflow: 'reject' })
    join('a', { level: 3 })
    join('b', { level: 0 })
    await settled()
    expect(sheds).toMatchObject({ b: { reason: 'line' } })
  })

  it('nobody for long because a heavy one stood in front until its time was up, or its caller gave up', async () => {
    const clock = new VirtualClock()
    const gate = limit(3, { clock, line: { hold: '1m' } })
    gate.tryAcquire({ cost: 2 })
    const controller = new AbortController()
    const gone: unknown[] = []
    void Promise.resolve(gate.acquire({ cost: 3, signal: controller.signal })).catch((error) => gone.push(error))
    void Promise.resolve(gate.acquire({ cost: 3, deadline: 50 })).catch((error) => gone.push(error))
    const light = Promise.resolve(gate.acquire({ cost: 1 }))

    controller.abort()
    await clock.advance(49)
    expect(gate.stats).toMatchObject({ inUse: 2, waiting: 2 })
    await clock.advance(1)

    await light
    expect(gone).toHaveLength(2)
    expect(gate.stats).toMatchObject({ inUse: 3, waiting: 0 })
  })

  it('nobody for long because a heavy one stood in front and had to go', async () => {
    const clock = new VirtualClock()
    const gate = limit(3, { clock, line: { max: 2, hold: '1m' } })
    gate.tryAcquire({ cost: 2 })
    const heavy = Promise.resolve(gate.acquire({ cost: 3, level: 1, key: 'a' })).catch((shed: Shed) => shed)
    const light = Promise.resolve(gate.acquire({ cost: 1, level: 1, key: 'b' }))
    const more = Promise.resolve(gate.acquire({ cost: 1, level: 0 }))

    expect(await heavy).toMatchObject({ reason: 'evicted' })
    ;(await more).release()
    await light
    expect(gate.stats).toMatchObject({ waiting: 0, inUse: 3 })
  })

  it('is told when to come back by how fast the line has moved', async () => {
    const { clock, join, serve, sheds } = standing({ hold: '1m', max: 5, overflow: 'reject', order: 'fifo' })
    for (let i = 0; i < 40; i++) {
      join(`w${i}`)
      if (i < 5) continue
      await clock.advance(20)
      await serve()
    }
    join('x1')
    join('x2')
    await settled()
    expect(sheds['x2']?.retryAfterMs).toBeGreaterThanOrEqual(100)
    expect(sheds['x2']?.retryAfterMs).toBeLessThanOrEqual(140)
  })
})

describe('the account of a line', () => {
  it('balances whatever happens: asked = admitted + waiting + shed, nobody is settled twice, and it never holds more than its maximum', async () => {
    const step = fc.record({
      kind: fc.constantFrom('join', 'join', 'join', 'serve', 'wait', 'abort', 'shrink') as fc.Arbitrary<
        'join' | 'serve' | 'wait' | 'abort' | 'shrink'
      >,
      level: fc.constantFrom<Level>(0, 1, 2, 3),
      key: fc.constantFrom(undefined, 'a', 'b', 'c'),
      cost: fc.integer({ min: 0, max: 3 }),
      ms: fc.integer({ min: 0, max: 60 }),
      deadline: fc.boolean(),
    })
    const lines = fc.record({
      max: fc.integer({ min: 0, max: 8 }),
      order: fc.constantFrom('adaptive' as const, 'fifo' as const, 'lifo' as const),
      overflow: fc.constantFrom('drop-lowest' as const, 'reject' as const),
      fair: fc.boolean(),
      floor: fc.constantFrom([], [0, 0.1, 0.2, 0.3]),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 100 }), lines, async (steps, line) => {
        const clock = new VirtualClock()
        const gate = limit(3, { clock, line: { ...line, hold: [80, 60, 40, 20], standing: 30 } })
        const held: Permit[] = []
        const open = new Set<AbortController>()
        let { max } = line
        let asked = 0
        let ended = 0
        for (const { kind, level, key, cost, ms, deadline } of steps) {
          if (kind === 'join') {
            asked++
            const controller = new AbortController()
            open.add(controller)
            const ask: Ask = { level, cost, signal: controller.signal, ...(key !== undefined && { key }) }
            void Promise.resolve(gate.acquire(deadline ? { ...ask, deadline: clock.now() + ms } : ask)).then(
              (permit) => {
                ended++
                open.delete(controller)
                held.push(permit)
              },
              () => {
                ended++
                open.delete(controller)
              },
            )
          } else if (kind === 'serve') held.shift()?.release()
          else if (kind === 'wait') await clock.advance(ms)
          else if (kind === 'abort') [...open][0]?.abort()
          else gate.set({ line: { max: (max = Math.max(0, max - 1)) } })
          await settled()
          const { admitted, waiting, sheds } = gate.stats
          const shed = Object.values(sheds).reduce((sum, count) => sum + count, 0)
          expect(admitted + waiting + shed).toBe(asked)
          expect(ended).toBe(admitted + shed)
          expect(waiting).toBeLessThanOrEqual(line.max)
        }
        await clock.advance(1000)
        expect(gate.stats.waiting).toBe(0)
        expect(ended).toBe(asked)
      }),
      { numRuns: 80 },
    )
  })

  it('stays bounded under a flood of keys that somebody else chooses', async () => {
    const { join, gate, clock, sheds } = standing({ max: 50, hold: 100 })
    for (let i = 0; i < 20_000; i++) join(`k${i}`, { key: `key ${i}` })
    await settled()
    expect(gate.stats).toMatchObject({ waiting: 50, sheds: { evicted: 19_950 } })
    await clock.advance(100)
    expect(Object.keys(sheds)).toHaveLength(20_000)
    expect(gate.inspect()).toMatchObject({ waiting: 0, oldestWaitMs: 0 })
  })

  it('tells how long the first has waited', async () => {
    const { join, gate, clock } = standing({ hold: '1m' })
    join('a', { level: 3, key: 'x' })
    await clock.advance(30)
    join('b', { level: 0 })
    await clock.advance(12)
    expect(gate.inspect()).toMatchObject({ waiting: 2, oldestWaitMs: 42 })
  })
})

describe('the options of a line', () => {
  it('can be changed one by one while callers wait', async () => {
    const { join, gate, clock, sheds } = standing({ hold: 500, max: 5 })
    join('before')
    gate.set({ line: { max: 1 } })
    join('pushes out', { level: 0 })
    await clock.advance(499)
    expect(Object.keys(sheds)).toEqual(['before'])
    await clock.advance(1)
    expect(sheds['pushes out']).toMatchObject({ reason: 'limit', waitedMs: 500 })
  })

  it('are checked by name', () => {
    const make = (line: LineOptions) => (): Gate => limit(1, { line })
    expect(make({ max: -1 })).toThrow(/^line\.max: /)
    expect(make({ hold: [] })).toThrow(/^line\.hold: /)
    expect(make({ hold: [1, 2, 3, 4, 5] })).toThrow(/^line\.hold: /)
    expect(make({ floor: [0, 0.6, 0.6] })).toThrow(/^line\.floor: /)
    expect(make({ order: 'random' as 'fifo' })).toThrow(/^line\.order: /)
    expect(make({ overflow: 'spill' as 'reject' })).toThrow(/^line\.overflow: /)
  })
})
