import { describe, expect, it } from 'vitest'
import { isForebayError } from '../../kernel/errors.ts'
import { zipWith } from '../fan-in/zip-with.ts'
import type { Flow } from '../flow.ts'
import { merge } from '../merge.ts'
import { flow } from '../sources.ts'
import { component } from './component.ts'
import { fanInComponent, fanOutComponent } from './fan-components.ts'
import { graph } from './graph.ts'
import { port } from './port.ts'
import type { FeedbackOptions } from './links.ts'
import type { GraphBuilder } from './wiring.ts'

const same = (items: Flow<number>): Flow<number> => items.map((n) => n)
const nowhere = (items: Flow<number>) => items.to(() => {})
const merged = fanInComponent(['fresh', 'again'], (flows: Flow<number>[]) => merge(flows))
const zipped = fanInComponent(['fresh', 'again'], (flows: Flow<number>[]) => zipWith(flows, (a: number) => a))
const parted = fanOutComponent(['done', 'again'], (items: Flow<number>, branches) =>
  items.partition((n) => n % 2, ...branches),
)
const copied = fanOutComponent(['done', 'again'], (items: Flow<number>, branches) => items.broadcast(...branches))

function refusal(wire: (g: GraphBuilder) => unknown): string {
  try {
    graph(wire as () => void)
  } catch (error) {
    return isForebayError(error) ? `${error.code}: ${error.message}` : String(error)
  }
  return 'built'
}

/** A ring of a join, some work and a parting. */
function ring(
  feedback: FeedbackOptions<number>,
  {
    join = merged,
    work = same,
    part = parted,
  }: Partial<{ join: typeof merged; work: typeof same; part: typeof parted }> = {},
): string {
  return refusal((g) => {
    const all = g.add('join', join)
    const step = g.add('work', work)
    const sort = g.add('part', part)
    g.connect(all.out, step.in, 4)
    g.connect(step.out, sort.in, 4)
    g.feedback(sort.again, all.again, feedback)
    return { in: all.fresh, out: sort.done }
  })
}

describe('graph refuses', () => {
  it('ways of one flow that wait for each other for good, and says which needs room', () => {
    const parting = (room: number) =>
      refusal((g) => {
        const numbers = g.add('numbers', flow.range(1, 1000))
        const fan = g.add('fan', copied)
        const gather = g.add('gather', (items: Flow<number>) => items.batch(100).map((batch) => batch.length))
        const join = g.add('join', zipped)
        const store = g.add('store', nowhere)
        g.connect(numbers.out, fan.in, 4)
        g.connect(fan.done, gather.in, 4)
        g.connect(gather.out, join.fresh, 4)
        g.connect(fan.again, join.again, room)
        g.connect(join.out, store.in, 4)
      })

    expect(parting(98)).toBe(
      'FOREBAY_DEADLOCK: deadlock: join takes an item of each way of fan at a time; the way of fan.done → gather · batch · gather · gather → join.fresh takes 100 items before it gives one, and the way of fan.again → join.again holds at most 99. Give it room for 100, or a policy that drops.',
    )
    expect(parting(99)).toBe('built')
  })

  it('a port without a connection, and says all of them', () => {
    const message = refusal((g) => {
      g.add('join', merged)
      g.add('store', nowhere)
      g.add('numbers', flow.range(1, 3))
    })

    expect(message).toBe(
      'FOREBAY_GRAPH: graph: connect these ports, or return them as open ones: join.fresh, join.again, join.out, store.in, numbers.out',
    )
  })

  it('the output of a piece that nobody takes', () => {
    const message = refusal((g) => {
      const numbers = g.add('numbers', flow.range(1, 3))
      const step = g.add('work', same)
      g.connect(numbers.out, step.in, 1)
    })

    expect(message).toBe('FOREBAY_GRAPH: graph: work.out: connect it, or return it as an open port')
  })

  it('a port with two connections', () => {
    const message = refusal((g) => {
      const numbers = g.add('numbers', flow.range(1, 3))
      const a = g.add('a', nowhere)
      const b = g.add('b', nowhere)
      g.connect(numbers.out, a.in, 1)
      g.connect(numbers.out, b.in, 1)
    })

    expect(message).toBe(
      'FOREBAY_GRAPH: connect: numbers is connected already (numbers → a): part the flow with fanOutComponent',
    )
  })

  it('ports that are connected and open, or open twice, or of another graph', () => {
    const both = refusal((g) => {
      const numbers = g.add('numbers', flow.range(1, 3))
      const a = g.add('a', same)
      g.connect(numbers.out, a.in, 1)
      return { from: numbers.out, out: a.out }
    })
    const twice = refusal((g) => {
      const { out } = g.add('numbers', flow.range(1, 3))
      return { a: out, b: out }
    })
    const other = refusal((g) => {
      let { out } = g.add('numbers', flow.range(1, 3))
      graph((inner) => ({ out: (({ out } = inner.add('numbers', flow.range(1, 3))), out) }))
      return { out }
    })

    expect(both).toMatch(/^FOREBAY_GRAPH: graph: numbers is connected .* cannot be the open port 'from'/)
    expect(twice).toMatch(/^FOREBAY_GRAPH: graph: numbers is open twice/)
    expect(other).toMatch(/^FOREBAY_GRAPH: graph: expected open ports of this graph, got out/)
  })

  it('two components of one name, and what is no component', () => {
    expect(refusal((g) => [g.add('a', same), g.add('a', same)])).toMatch(/^FOREBAY_GRAPH: .*a component 'a' already/)
    expect(refusal((g) => g.add('a', 7 as never))).toMatch(/^TypeError: a: expected a flow, .* got 7/)
    expect(refusal(() => {})).toMatch(/^FOREBAY_GRAPH: graph: expected at least one component/)
  })

  it('a connection without a bound', () => {
    const message = refusal((g) => {
      const numbers = g.add('numbers', flow.range(1, 3))
      g.connect(numbers.out, g.add('a', nowhere).in, {})
    })

    expect(message).toMatch(/^RangeError: connect: expected items or bytes, got neither/)
  })

  it('a component that gives something else than it has declared', () => {
    const build = (made: unknown): string =>
      refusal((g) =>
        g.add(
          'odd',
          component({ out: { a: port<number>() } }, () => made as never),
        ),
      )

    expect(build({ b: flow.range(1, 2) })).toBe('FOREBAY_GRAPH: graph: odd.a: expected a flow, got undefined')
    expect(build(flow.range(1, 2).to(() => {}))).toBe('FOREBAY_GRAPH: graph: odd.a: expected a flow, got a program')
  })

  it('a component that uses an input twice, or not at all', () => {
    const built = (use: (items: Flow<number>) => Flow<number>): string =>
      refusal((g) => {
        const { in: input, out } = g.add('odd', use)
        return { input, out }
      })

    expect(built((items) => items.merge(items))).toBe(
      "FOREBAY_GRAPH: odd: the flow behind 'input' is used 2 times: part it with broadcast",
    )
    expect(built((items) => merge([items.map((n) => n)].flatMap((each) => [each, each])))).toMatch(
      /'map' is used 2 times/,
    )
    expect(built(() => flow.range(1, 2))).toBe("FOREBAY_GRAPH: odd: its input 'in' is not used by what it returns")
  })

  it('a cycle that no feedback closes, and names it', () => {
    const message = refusal((g) => {
      const numbers = g.add('numbers', flow.range(1, 3))
      const all = g.add('all', merged)
      const step = g.add('work', same)
      const sort = g.add('part', parted)
      g.connect(numbers.out, all.fresh, 1)
      g.connect(all.out, step.in, 1)
      g.connect(step.out, sort.in, 1)
      g.connect(sort.again, all.again, { items: 9, overflow: 'drop-oldest' })
      return { out: sort.done }
    })

    expect(message).toMatch(
      /^FOREBAY_DEADLOCK: the ring .* has no feedback: connect one of its steps with feedback\(\)/,
    )
    expect(message).toMatch(/all → work → part → all|work → part → all → work|part → all → work → part/)
  })

  it('a feedback that closes no ring', () => {
    const message = refusal((g) => {
      const numbers = g.add('numbers', flow.range(1, 3))
      g.feedback(numbers.out, g.add('store', nowhere).in, { items: 1, admit: 1 })
    })

    expect(message).toBe('FOREBAY_GRAPH: numbers → store closes no ring: use connect()')
  })
})

describe('a ring that can come to stand still is refused', () => {
  it('when its feedback waits, and nothing keeps it from filling', () => {
    expect(ring({ items: 4 })).toMatch(
      /^FOREBAY_DEADLOCK: part.again → join.again: .*give it admit, kickOff, or an overflow/,
    )
    expect(ring({ bytes: '1KiB', admit: 1 })).toMatch(/^FOREBAY_DEADLOCK: .*bytes cannot be kept free/)
    expect(ring({ items: 4, admit: 4 })).toBe('built')
    expect(ring({ items: 4, overflow: 'drop-oldest' })).toBe('built')
    expect(ring({ items: 4, overflow: 'fail' })).toBe('built')
  })

  it('when it has fewer places than it may need', () => {
    expect(ring({ items: 4, admit: 5 })).toMatch(/^RangeError: .*items: expected a place for each/)
    expect(ring({ items: 4, admit: 3, kickOff: [1, 2] })).toMatch(/^RangeError: .*items: expected a place for each/)
    expect(ring({ items: 5, admit: 3, kickOff: [1, 2] })).toBe('built')
  })

  it('when one item becomes several in it', () => {
    const expanding = (items: Flow<number>): Flow<number> => items.flatMap((n) => [n, n])

    expect(ring({ items: 4, admit: 4 }, { work: expanding })).toBe(
      'FOREBAY_DEADLOCK: the ring join → work → part → join can make several items of one (work), which its feedback has no room for: give it an overflow policy that drops',
    )
    expect(ring({ items: 4, overflow: 'drop-newest' }, { work: expanding })).toBe('built')
  })

  it('but not for copies that leave it, or that are joined again', () => {
    expect(ring({ items: 4, admit: 4 }, { part: copied })).toBe('built')
    const diamond = (rejoin: (a: Flow<number>, b: Flow<number>) => Flow<number>) => (items: Flow<number>) => {
      const ways: Flow<number>[] = []
      items.broadcast(
        (way) => (ways[0] = way),
        (way) => (ways[1] = way.map((n) => n)),
      )
      return rejoin(...(ways as [Flow<number>, Flow<number>]))
    }

    expect(ring({ items: 4, admit: 4 }, { work: diamond((a, b) => a.zip(b).map(([n]) => n)) })).toBe('built')
    expect(ring({ items: 4, admit: 4 }, { work: diamond((a, b) => a.merge(b)) })).toMatch(/several items of one \(work/)
    const routed = (items: Flow<number>): Flow<number> => items.partition((n) => n % 2, same, same)
    expect(ring({ items: 4, admit: 4 }, { work: routed })).toBe('built')
  })

  it('when items come in without one that leaves, until it is full', () => {
    expect(ring({ items: 4, kickOff: [1] })).toMatch(
      /^FOREBAY_DEADLOCK: in → join: items come into the ring .* until it is full: give its feedback admit, or zip/,
    )
    expect(ring({ items: 4, kickOff: [1] }, { join: zipped })).toBe('built')
  })

  it('when nothing gets round it', () => {
    const empty = /^FOREBAY_DEADLOCK: nothing ever gets round the ring .*: give its feedback kickOff/

    expect(ring({ items: 4, admit: 4 }, { join: zipped })).toMatch(empty)
    expect(ring({ items: 4, overflow: 'drop-oldest' }, { join: zipped })).toMatch(empty)
    expect(
      refusal((g) => {
        const step = g.add('work', same)
        const sort = g.add('part', parted)
        g.connect(step.out, sort.in, 1)
        g.feedback(sort.again, step.in, { items: 1, overflow: 'drop-oldest' })
        return { out: sort.done }
      }),
    ).toMatch(empty)
  })

  it('when a durable edge stands in it', () => {
    expect(ring({ items: 4, admit: 4 }, { work: (items) => items.durable('kept') })).toMatch(
      /^FOREBAY_UNSUPPORTED: .*a durable edge cannot stand in the ring/,
    )
    expect(ring({ items: 4, overflow: 'spill' as never })).toMatch(/^RangeError: .*overflow: expected one of/)
  })
})
