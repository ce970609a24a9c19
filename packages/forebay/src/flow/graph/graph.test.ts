import { describe, expect, it } from 'vitest'
import { world } from '../../testkit/world.ts'
import type { Flow } from '../flow.ts'
import { merge } from '../merge.ts'
import { delay } from '../time/delay.ts'
import { flow } from '../sources.ts'
import { component } from './component.ts'
import { fanInComponent, fanOutComponent } from './fan-components.ts'
import { graph } from './graph.ts'
import { port } from './port.ts'

const merged = fanInComponent(['fresh', 'again'], (flows: Flow<number>[]) => merge(flows))
/** Numbers come round, one less each time, until they are 0. */
const sorted = fanOutComponent(['done', 'again'], (items: Flow<number>, branches) =>
  items.partition((n) => (n === 0 ? 0 : 1), ...branches),
)
const down = (items: Flow<number>): Flow<number> => items.map((n) => n - 1)

function countdown(feedback: { items: number; admit: number }, work = down) {
  return graph((g) => {
    const all = g.add('all', merged)
    const step = g.add('step', work)
    const sort = g.add('sort', sorted)
    g.connect(all.out, step.in, 2)
    g.connect(step.out, sort.in, 2)
    g.feedback(sort.again, all.again, feedback)
    return { numbers: all.fresh, zeros: sort.done }
  })
}

describe('a graph without open ports', () => {
  it('is a program, whose result has an entry for each sink', async () => {
    const seen: string[] = []
    const program = graph(
      (g) => {
        const numbers = g.add('numbers', flow.range(1, 6))
        const part = g.add(
          'part',
          fanOutComponent(['odd', 'even'], (items: Flow<number>, branches) =>
            items.partition((n) => (n % 2 === 1 ? 0 : 1), ...branches),
          ),
        )
        const odd = g.add('odd', (items: Flow<number>) => items.to((n) => void seen.push(`odd ${n}`)))
        const even = g.add('even', (items: Flow<number>) => items.take(1).to((n) => void seen.push(`even ${n}`)))
        g.connect(numbers.out, part.in, 4)
        g.connect(part.odd, odd.in, 1)
        g.connect(part.even, even.in, 1)
      },
      { name: 'parity' },
    )
    const run = program.run()

    expect(await run.done).toEqual({ odd: 3, even: 1 })
    expect(seen.toSorted()).toEqual(['even 2', 'odd 1', 'odd 3', 'odd 5'])
    expect(run.inspect()).toMatchObject({ flow: 'parity', balanced: true, ledger: { in: 6, inFlight: 0 } })
  })

  it('calls stages by the components, and edges by what they join', () => {
    const program = graph((g) => {
      const source = g.add('readings', flow.range(1, 3))
      const rank = g.add('rank', (items: Flow<number>) =>
        items
          .map((n) => n * 2)
          .buffer(2)
          .mapAsync((n) => n),
      )
      const clean = g.add('clean', (items: Flow<number>) => items.filter((n) => n > 0).map((n) => n))
      const sink = g.add('store', (items: Flow<number>) => items.to(() => {}))
      g.connect(source.out, rank.in, { items: 8, overflow: 'drop-oldest' })
      g.connect(rank.out, clean.in, { bytes: '1KiB' })
      g.connect(clean.out, sink.in, 1)
    })
    const run = program.run()
    const { stages, edges } = run.inspect()

    expect(stages.map(({ name }) => name).toSorted()).toEqual([
      'clean',
      'rank/map',
      'rank/mapAsync',
      'readings',
      'store',
    ])
    expect(edges.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['readings → rank', 'rank → clean', 'clean → store']),
    )
    expect(program.explain().losses).toEqual([{ part: 'readings → rank', policy: 'drop-oldest' }])
    expect(program.explain().parts.find(({ name }) => name === 'rank → clean')).toMatchObject({ bytes: 1024 })
    return run.done
  })
})

describe('a graph with open ports', () => {
  it('is a flow, a piece or a component, and can be part of another graph', async () => {
    const pair = graph((g) => {
      const low = g.add('low', flow.range(1, 2))
      const high = g.add('high', flow.range(8, 9))
      const both = g.add(
        'both',
        fanInComponent(['a', 'b'], (flows: Flow<number>[]) => merge(flows)),
      )
      g.connect(low.out, both.a, 1)
      g.connect(high.out, both.b, 1)
      return { out: both.out }
    })
    const outer = graph((g) => {
      const source = g.add('pair', pair)
      const loop = g.add('loop', countdown({ items: 2, admit: 2 }))
      g.connect(source.out, loop.numbers, 1)
      return { zeros: loop.zeros }
    })

    const run = outer.to(() => {}).run()
    expect(await run.done).toBe(4)
    const names = run.inspect().stages.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['loop/all', 'loop/step', 'loop/sort']))
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 4, out: 4, inFlight: 0 } })
  })

  it('is a blueprint: two uses and two runs share nothing', async () => {
    const loop = countdown({ items: 1, admit: 1 })
    const twice = flow
      .range(1, 5)
      .via(loop)
      .map(() => 3)
      .via(loop)

    expect(await twice.toArray(9)).toEqual([0, 0, 0, 0, 0])
    expect(await twice.toArray(9)).toEqual([0, 0, 0, 0, 0])
  })

  it('refuses to build one ring twice in a run', () => {
    const zeros = flow.range(1, 5).via(countdown({ items: 1, admit: 1 }))

    expect(() =>
      zeros
        .merge(zeros)
        .to(() => {})
        .run(),
    ).toThrow(/used twice/)
  })
})

describe('a ring', () => {
  it('is in the text of explain and in the picture, by the names of its components', () => {
    const program = flow
      .range(1, 3)
      .via(countdown({ items: 4, admit: 3 }))
      .to(() => {})
    const run = program.run()
    const { edges, stages } = run.inspect()
    const from = new Map(stages.map(({ id, name }) => [id, name]))

    expect(program.explain().parts.find(({ kind }) => kind === 'feedback')).toMatchObject({
      name: 'sort.again → all.again',
      policy: 'backpressure',
      items: 4,
      note: 'closes the ring all → step → sort → all',
    })
    expect(edges.map((edge) => `${from.get(edge.from)} ⇒ ${from.get(edge.to)}`)).toEqual(
      expect.arrayContaining([
        'all ⇒ step',
        'step ⇒ sort',
        'sort ⇒ sort.again → all.again',
        'sort.again → all.again ⇒ sort.again → all.again',
        'sort.again → all.again ⇒ all',
      ]),
    )
    return run.done
  })

  it('is no riddle for the verdict: it names the component that is slow', async () => {
    await world(1, async (w) => {
      const slow = countdown({ items: 3, admit: 3 }, (items) => items.mapAsync((n) => w.delay(20, n - 1)))
      const run = w.run(
        flow
          .range(1, 400)
          .map((n) => 1 + (n % 3))
          .via(slow)
          .to(() => {}),
      )
      await w.advance(5000)
      const verdict = run.why()

      expect(verdict.sentence).toMatch(/^step is the bottleneck/)
      expect(verdict.kind).toBe('bottleneck')
      run.cancel()
    })
  })

  it('lets several ways in take turns', async () => {
    await world(1, async (w) => {
      const two = graph((g) => {
        const all = g.add(
          'all',
          fanInComponent(['a', 'b', 'again'], (flows: Flow<number>[]) => merge(flows)),
        )
        const step = g.add('step', (items: Flow<number>) => items.mapAsync((n) => w.delay(1, n)))
        const sort = g.add('sort', sorted)
        const low = g.add(
          'low',
          flow.range(1, 50).map(() => 0),
        )
        const high = g.add(
          'high',
          flow.range(1, 50).map(() => -0),
        )
        g.connect(low.out, all.a, 1)
        g.connect(high.out, all.b, 1)
        g.connect(all.out, step.in, 1)
        g.connect(step.out, sort.in, 1)
        g.feedback(sort.again, all.again, { items: 1, admit: 1 })
        return { out: sort.done }
      })
      const seen: boolean[] = []
      await w.run(two.take(20).to((n) => void seen.push(Object.is(n, -0)))).done

      expect(Math.abs(seen.filter((isHigh) => isHigh).length - 10)).toBeLessThanOrEqual(1)
    })
  })

  it('never has more items than it admits, and admits as many when they come', async () => {
    await world(1, async (w) => {
      let most = 0
      let within = 0
      const loop = countdown({ items: 3, admit: 3 }, (items) =>
        items.mapAsync((n) => w.delay(1, n - 1), { concurrency: 8 }),
      )
      const source = w.source<number>()
      const run = w.run(
        source.flow
          .map((n) => {
            most = Math.max(most, ++within)
            return n
          })
          .via(loop)
          .to(() => void within--),
      )
      for (let n = 0; n < 30; n++) source.send(1 + (n % 4))
      source.complete()
      expect(await run.done).toBe(30)
      // One waits in front of the ring.
      expect(most).toBe(4)
      expect(run.inspect().balanced).toBe(true)
    })
  })

  it('ends by itself when it is begun by a kick-off and its last item has left', async () => {
    const walk = graph((g) => {
      const step = g.add('step', down)
      const sort = g.add('sort', sorted)
      g.connect(step.out, sort.in, 1)
      g.feedback(sort.again, step.in, { items: 3, kickOff: [3, 1, 2] })
      return { zeros: sort.done }
    })
    const run = walk.to(() => {}).run()

    expect(await run.done).toBe(3)
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 0, inFlight: 0, dropped: {} } })
  })

  it('is cancelled with its input when every way out has been closed', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      const run = w.run(source.flow.via(countdown({ items: 2, admit: 2 }, delayed)), sink)
      sink.request(1)
      source.send(1, 50)
      await sink.expectNext(0)
      sink.cancel()
      await source.expectCancel()
      await w.advance(5)

      const { balanced, ledger } = run.inspect()
      expect(balanced).toBe(true)
      expect(ledger).toMatchObject({ in: 2, out: 1, inFlight: 0 })
    })
  })

  it('drains: what is in it goes round until it is done', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const seen: number[] = []
      const run = w.run(source.flow.via(countdown({ items: 4, admit: 4 }, delayed)).to((n) => void seen.push(n)))
      source.send(5, 9, 2)
      await w.advance(1)
      await run.drain()

      expect(seen).toEqual([0, 0, 0])
      expect(run.inspect()).toMatchObject({ state: 'done', balanced: true, ledger: { in: 3, out: 3, inFlight: 0 } })
    })
  })

  it('drains when nothing but itself keeps it going', async () => {
    await world(1, async (w) => {
      const clock = graph((g) => {
        const beat = g.add('beat', (items: Flow<number>) => items.via(delay('1s')))
        const part = g.add(
          'part',
          fanOutComponent(['out', 'back'], (n: Flow<number>, to) => n.broadcast(...to)),
        )
        g.connect(beat.out, part.in, 1)
        g.feedback(part.back, beat.in, { items: 1, kickOff: [1] })
        return { beats: part.out }
      })
      const run = w.run(clock.to(() => {}))
      await w.advance(3500)
      expect(run.inspect().state).toBe('running')
      await run.drain()
      expect(await run.done).toBe(4)
    })
  })

  it('fails with what is thrown in it, and balances', async () => {
    await world(1, async (w) => {
      const loop = countdown({ items: 4, admit: 4 }, (items) =>
        delayed(items).map((n) => {
          if (n === 3) throw new Error('no three')
          return n
        }),
      )
      const run = w.run(
        flow([2, 9, 1, 4])
          .via(loop)
          .to(() => {}),
      )

      await expect(run.done).rejects.toThrow('no three')
      const { balanced, ledger } = run.inspect()
      expect({ balanced, inFlight: ledger.inFlight }).toEqual({ balanced: true, inFlight: 0 })
    })
  })

  it('ends the accounts of items at their way out, so that a batch behind it may wait for the end', async () => {
    await world(1, async (w) => {
      const batches = flow
        .range(1, 7)
        .via(countdown({ items: 2, admit: 2 }, delayed))
        .batch(5)
      const seen: number[] = []
      const run = w.run(batches.to((batch) => void seen.push(batch.length)))

      expect(await run.done).toBe(2)
      expect(seen).toEqual([5, 2])
    })
  })

  it('is named when a component of it waits for more items than it admits', async () => {
    const gathered = countdown({ items: 3, admit: 3 }, (items) => down(items.batch(5).map((batch) => batch[0] ?? 0)))
    const stalled = (items: number[]): Promise<unknown> =>
      world(
        1,
        (w) =>
          w.run(
            flow(items)
              .via(gathered)
              .to(() => {}),
          ).done,
      )

    await expect(stalled([3, 3])).rejects.toMatchObject({ code: 'FOREBAY_DEADLOCK' })
    await expect(stalled([3, 3])).rejects.toThrow(/deadlock: .*all waits for .*sort.again → all.again/)
    await expect(stalled([3, 3, 3, 3, 3, 3])).rejects.toThrow(/step holds 3\n.*numbers → all holds 1/)
  })

  it('carries a state that is joined with each item, and keeps no account of it', async () => {
    const totals = graph((g) => {
      const add = g.add(
        'add',
        fanInComponent(['items', 'before'], ([items, before]: Flow<number>[]) =>
          (items as Flow<number>).zip(before as Flow<number>).map(([n, sum]) => n + sum),
        ),
      )
      const part = g.add(
        'part',
        fanOutComponent(['out', 'back'], (n: Flow<number>, to) => n.broadcast(...to)),
      )
      g.connect(add.out, part.in, 1)
      g.feedback(part.back, add.before, { items: 1, kickOff: [0] })
      return { items: add.items, sums: part.out }
    })
    const run = flow
      .range(1, 5)
      .via(totals)
      .to(() => {})
      .run()

    expect(await flow.range(1, 5).via(totals).toArray(9)).toEqual([1, 3, 6, 10, 15])
    await run.done
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 5, out: 5, inFlight: 0 } })
  })
})

describe('ports', () => {
  it('have types for the compiler', () => {
    graph((g) => {
      const source = g.add('source', flow(['a', 'b']))
      const sink = g.add('sink', (items: Flow<string | number>) => items.to(() => {}))
      g.connect(source.out, sink.in, 1)
    })
    expect(() =>
      graph((g) => {
        const source = g.add('source', flow(['a', 'b']))
        const sink = g.add('sink', (items: Flow<number>) => items.to(() => {}))
        // @ts-expect-error a string is no number
        g.connect(source.out, sink.in, 1)
        // @ts-expect-error an input is no output
        g.connect(sink.in, sink.in, 1)
      }),
    ).toThrow(/expected an out port of this graph, got the in port sink/)
  })

  it('may name their types, which must be the same', () => {
    const give = component({ out: { orders: port<number>('order') } }, () => ({ orders: flow.range(1, 2) }))
    const take = component({ in: { prices: port<number>('price') } }, ({ prices }) => prices.to(() => {}))

    expect(() =>
      graph((g) => {
        const { orders } = g.add('give', give)
        const { prices } = g.add('take', take)
        g.connect(orders, prices, 1)
      }),
    ).toThrow("give.orders gives 'order' and take.prices takes 'price'")
  })
})

const delayed = (items: Flow<number>): Flow<number> => items.via(delay(2, { items: 8 })).map((n) => n - 1)
