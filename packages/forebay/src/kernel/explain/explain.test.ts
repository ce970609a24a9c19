import { afterEach, describe, expect, it } from 'vitest'
import { explainText } from './explain-text.ts'
import { worstCase } from './worst-case.ts'
import { flatMapMerge } from '../../flow/flatten/flat-map-merge.ts'
import { groupBy } from '../../flow/substreams/group-by.ts'
import { firehose } from '../../flow/firehose.ts'
import { callerOf, recordSites } from '../../flow/sites.ts'
import { flow } from '../../flow/sources.ts'

describe('explain', () => {
  it('names every part that holds items, with its bound, without running anything', () => {
    const source = {
      [Symbol.iterator]() {
        throw new Error('nothing may run')
      },
    }
    const explanation = flow<number>(source)
      .buffer({ items: 100, bytes: '1MiB' })
      .mapAsync((n) => n, { concurrency: 4, name: 'work', onError: 'resume' })
      .batch(10)
      .to(() => {}, { name: 'rows', concurrency: 2 })
      .explain()

    expect(explanation).toMatchObject({
      worstItems: 116,
      worstBytes: undefined,
      unbounded: [],
      losses: [{ part: 'work', policy: 'items whose work fails' }],
    })
    expect(explanation.parts.map(({ name, items }) => [name, items])).toEqual([
      ['buffer(100)', 100],
      ['work', 4],
      ['batch', 10],
      ['rows', 2],
    ])
  })

  it('counts a piece once for each place it is used in, and what branches share once', () => {
    const piece = flow.range(1, 3).buffer(8)
    const joined = piece.merge(piece).wiretap(() => {}, { items: 4 })

    const { parts, losses } = joined.to(() => {}).explain()
    expect(parts.filter(({ name }) => name === 'buffer(8)')).toHaveLength(2)
    expect(parts.filter(({ kind }) => kind === 'broadcast')).toHaveLength(1)
    expect(losses).toEqual([{ part: 'wiretap', policy: 'drop-newest' }])
  })

  it('reads well', () => {
    const program = firehose<number>(() => {})
      .named('ticks')
      .buffer({ items: 1000, bytes: '64KiB', overflow: 'drop-oldest' })
      .named('backlog')
      .mapAsync((n) => n, { concurrency: 4, name: 'enrich' })
      .to(() => {}, { name: 'rows' })
      .named('prices')

    expect(explainText(program.explain()).split('\n')).toEqual([
      'prices: holds at most 1,005 items in memory, 69 KiB (an item of unknown size counted as 1 KiB)',
      '',
      'part     kind      when full     items   bytes  worst case  note',
      'backlog  edge      drop-oldest   1,000  64 KiB      64 KiB  when full: drop-oldest; one item may overshoot the bytes',
      'enrich   mapAsync  backpressure      4       -       4 KiB  in flight, and finished but not handed over',
      'rows     sink      backpressure      1       -       1 KiB  in flight',
      '',
      'may lose:',
      '  backlog: drop-oldest',
    ])
  })

  it('counts an item as what it is told to, and says so', () => {
    const explanation = flow
      .range(1, 3)
      .buffer({ items: 100, bytes: '1MiB' })
      .durable('disk', { items: 1000, bytes: 2 ** 30, window: 8, prefetch: 8 })
      .to(() => {}, { concurrency: 2 })
      .explain()

    const worst = worstCase(explanation, { itemBytes: '10KiB' })
    expect(worst).toMatchObject({
      bytes: 2 ** 20 + 18 * 10_240,
      assumedBytes: 18 * 10_240,
      diskBytes: 2 ** 30,
      itemBytes: 10_240,
      inner: [],
    })
    expect(worst.parts.map(({ name, isAssumed, isOnDisk }) => [name, isAssumed, isOnDisk])).toEqual([
      ['buffer(100)', false, false],
      ['disk', false, true],
      ['disk', true, false],
      ['sink', true, false],
    ])
    expect(() => worstCase(explanation, { itemBytes: 'much' as never })).toThrow(/itemBytes: expected/)
  })

  it('names the flows inside of a part, whose parts come on top', () => {
    const explanation = flow
      .range(1, 3)
      .via(groupBy({ key: (n) => n, groups: 100, items: 4, name: 'users' }, (group) => group.buffer(50)))
      .via(flatMapMerge((n) => flow.range(1, n), { breadth: 8, name: 'pages' }))
      .to(() => {})
      .explain()

    expect(worstCase(explanation).inner).toEqual([
      { part: 'users', flows: 100 },
      { part: 'pages', flows: 8 },
    ])
    expect(explainText(explanation)).toContain('and what up to 100 flows inside users may hold')
  })

  it('shouts about what is unbounded', () => {
    const text = explainText(
      firehose(() => {})
        .ignoreBackpressure()
        .to(() => {})
        .explain(),
    )

    expect(text).toContain('holds at most unbounded items')
    expect(text).toContain('UNBOUNDED: ignoreBackpressure grows with the lag')
    expect(text).toContain('loses nothing on purpose')
  })

  it('shows both places of an edge that spills', () => {
    const { parts } = flow
      .range(1, 2)
      .buffer({ items: 4, overflow: 'spill', name: 'b' })
      .to(() => {})
      .explain()

    expect(parts).toContainEqual(expect.objectContaining({ name: 'b', kind: 'edge', items: 4, durable: false }))
    expect(parts).toContainEqual(expect.objectContaining({ name: 'b-spill', kind: 'durable edge', durable: true }))
  })
})

describe('places in the source', () => {
  afterEach(() => recordSites(false))

  it('are recorded only when asked for, and are those of the caller', () => {
    // A caller outside the folder of the library, which this test file is not.
    // oxlint-disable-next-line typescript/no-implied-eval
    const make = new Function(
      'flow',
      'return flow.range(1, 2).buffer(4).to(() => {})\n//# sourceURL=/app/my-flow.ts',
    ) as (f: typeof flow) => ReturnType<ReturnType<typeof flow>['to']>

    expect(
      make(flow)
        .explain()
        .parts.every(({ site }) => site === undefined),
    ).toBe(true)
    recordSites()
    const site = make(flow).explain().parts[0]?.site
    expect(site).toMatch(/^\/app\/my-flow\.ts:\d+:\d+$/)
    expect(explainText(make(flow).explain())).toContain(site)
  })

  it.each([
    [
      'V8',
      'Error: site\n    at withSite (file:///lib/flow/sites.js:9:3)\n    at a.map (file:///lib/flow/x.js:1:2)\n    at file:///app/a.js:3:4',
    ],
    ['SpiderMonkey', 'withSite@https://cdn/lib/flow/sites.js:9:3\nmap@https://cdn/lib/flow/x.js:1:2\n@/app/a.js:3:4'],
    ['a bundle', 'at e (/app/bundle.js:1:999)\n at t (/app/bundle.js:1:99)\n at /app/a.js:3:4'],
  ])('are found in the stacks of %s', (_engine, stack) => {
    expect(callerOf(stack)).toBe('/app/a.js:3:4')
  })

  it('are left out where the stack does not tell', () => {
    expect(callerOf('')).toBeUndefined()
    expect(callerOf('at e (/app/bundle.js:1:9)')).toBeUndefined()
    expect(callerOf('at e (/app/bundle.js:1:9)\n at node:internal/process/task_queues:95:5')).toBeUndefined()
  })
})
