import { describe, expect, it } from 'vitest'
import { world } from '../../testkit/world.ts'
import { flow } from '../sources.ts'
import { partitionHub } from './partition-hub.ts'
import { rendezvous } from './rendezvous.ts'

describe('partitionHub', () => {
  it('hands each item to one subscriber, and all of a key to the same, in order', async () => {
    const hub = partitionHub<number>({ key: (n) => n % 50, startAfter: 3 })
    const parts = ['a', 'b', 'c'].map((name) => hub.subscribe({ name }).toArray(3000))
    await flow.range(1, 3000).to(hub).run().done

    const all = await Promise.all(parts)
    expect(all.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 3000 }, (_, n) => n + 1))
    for (const items of all) {
      expect(items.length).toBeGreaterThan(300)
      expect(items).toEqual(items.toSorted((a, b) => a - b))
    }
    const keys = all.map((items) => new Set(items.map((n) => n % 50)))
    expect(keys.reduce((sum, { size }) => sum + size, 0)).toBe(50)
  })

  it('moves only the keys of one that leaves, and gives them back to its name', async () => {
    await world(1, async (w) => {
      const hub = partitionHub<number>({ key: String, startAfter: 3 })
      const source = w.source<number>()
      w.run(source.flow.to(hub))
      const join = (name: string) => {
        const sink = w.sink<number>()
        w.run(hub.subscribe({ name, items: 200 }), sink)
        sink.request(1000)
        return sink
      }
      const [a, b, c] = ['a', 'b', 'c'].map(join) as [
        ReturnType<typeof join>,
        ReturnType<typeof join>,
        ReturnType<typeof join>,
      ]
      const keys = Array.from({ length: 90 }, (_, n) => n)
      source.send(...keys)
      await w.advance(1)
      const [ofA, ofB, ofC] = [[...a.received], [...b.received], [...c.received]]
      expect(ofA.length + ofB.length + ofC.length).toBe(90)
      c.cancel()
      source.send(...keys)
      await w.advance(1)
      expect(a.received.slice(ofA.length).filter((n) => !ofC.includes(n))).toEqual(ofA)
      expect(b.received.slice(ofB.length).filter((n) => !ofC.includes(n))).toEqual(ofB)
      const again = join('c')
      source.send(...keys)
      await w.advance(1)
      expect(again.received).toEqual(ofC)
    })
  })

  it('asks route once for each item, also when it waits, and again when its subscriber leaves', async () => {
    await world(1, async (w) => {
      const asked: number[] = []
      const hub = partitionHub<number>({
        route: (n, targets) => {
          asked.push(n)
          return n % targets.length
        },
        startAfter: 2,
      })
      const [even, odd] = [w.sink<number>(), w.sink<number>()]
      w.run(hub.subscribe({ items: 1 }), even)
      w.run(hub.subscribe({ items: 1 }), odd)
      w.run(flow([1, 3, 2, 5]).to(hub))
      await w.advance(3)
      expect(asked).toEqual([1, 3])
      odd.request(1)
      await w.advance(3)
      expect(asked).toEqual([1, 3, 2, 5])
      odd.cancel()
      even.request(9)
      await even.expectNext(2, 5)
      await even.expectComplete()
      expect(asked).toEqual([1, 3, 2, 5, 5])
    })
  })

  it('forgets whom an item was for when its producer gives it up', async () => {
    await world(1, async (w) => {
      const hub = partitionHub<number>({ route: (n) => n, startAfter: 2 })
      const writer = hub.open()
      const [a, b] = [w.sink<number>(), w.sink<number>()]
      w.run(hub.subscribe({ items: 1 }), a)
      w.run(hub.subscribe({ items: 1 }), b)
      const gone = new AbortController()
      writer.write(0, gone.signal)
      const waits = writer.write(0, gone.signal) as Promise<void>
      gone.abort(new Error('gone'))
      await expect(waits).rejects.toThrow('gone')
      expect(writer.write(1, new AbortController().signal)).toBe(undefined)
      b.request(1)
      await b.expectNext(1)
    })
  })

  it('fails its producer when route names nobody or throws, and those who listen with it', async () => {
    const hub = partitionHub<number>({ route: () => 7 })
    const seen = hub.subscribe().toArray(9)
    const run = flow.range(1, 3).to(hub).run()

    await expect(run.done).rejects.toThrow('route: expected a place from 0 to 0, got 7')
    await expect(seen).rejects.toThrow('route: expected a place')
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 1, dropped: { failed: 1 } } })
  })

  it('fails as well when that happens to an item that has waited', async () => {
    const hub = partitionHub<number>({
      route: () => {
        throw new Error('nowhere')
      },
    })
    const run = flow.range(1, 3).to(hub).run()
    const seen = hub.subscribe().toArray(9)

    await expect(run.done).rejects.toThrow('nowhere')
    await expect(seen).rejects.toThrow('nowhere')
  })

  it('wants either a key or a function', () => {
    expect(() => partitionHub({})).toThrow('partitionHub: expected either key or route, got neither')
    expect(() => partitionHub({ key: String, route: () => 0 })).toThrow('got both')
    expect(() => partitionHub({ key: 'id' as never })).toThrow("key: expected a function, got 'id'")
  })
})

describe('rendezvous', () => {
  it('spreads keys evenly and moves no more than its share when one comes', () => {
    const four = ['a', 'b', 'c', 'd'].map((name) => ({ name }))
    const five = [...four, { name: 'e' }]
    const counts = new Map<string, number>()
    let moved = 0
    for (let n = 0; n < 10_000; n++) {
      const before = rendezvous(`key ${n}`, four)?.name as string
      const after = rendezvous(`key ${n}`, five)?.name
      counts.set(before, (counts.get(before) ?? 0) + 1)
      if (after === before) continue
      expect(after).toBe('e')
      moved++
    }

    for (const count of counts.values()) expect(Math.abs(count - 2500)).toBeLessThan(250)
    expect(Math.abs(moved - 2000)).toBeLessThan(200)
    expect(rendezvous('x', [])).toBe(undefined)
  })
})
