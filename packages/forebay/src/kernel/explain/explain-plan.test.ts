import { describe, expect, test } from 'vitest'
import type { EdgeOptions } from '../edge-options.ts'
import type { Plan, PlanNode, SinkNode } from '../plan.ts'
import { UNBOUNDED } from '../receiver.ts'
import { explainPlan, type Explanation } from './explain.ts'
import { explainText } from './explain-text.ts'

const never = (): never => expect.unreachable()
const source = (more: object = {}): PlanNode => ({ type: 'source', name: 'read', create: never, ...more })
const edge = (input: PlanNode, options: Partial<EdgeOptions>): PlanNode => {
  const plain = { name: 'edge', items: 8, bytes: Infinity, overflow: 'backpressure' }
  return { type: 'edge', name: 'edge', input, options: { ...plain, ...options } as EdgeOptions }
}

/** What is known of these, up to a sink that holds so many items. */
function explained(input: PlanNode, bound = 0): Explanation {
  const sink = { type: 'sink', name: 'sink', input, bound, slots: 1, fused: bound === 0, create: never }
  return explainPlan({ name: 'flow', sinks: [sink as unknown as SinkNode] } satisfies Plan)
}

describe('what a plan holds at worst', () => {
  test('is what its parts hold that hold anything', () => {
    const map = { type: 'operator', name: 'map', input: source(), operator: { kind: 'map', name: 'map', bound: 3 } }

    expect(explained(map as unknown as PlanNode, 2).parts).toEqual([
      {
        name: 'sink',
        kind: 'sink',
        policy: 'backpressure',
        items: 2,
        bytes: undefined,
        durable: false,
        note: 'in flight',
      },
    ])
    expect(explained(source()).parts).toEqual([])
  })

  test('are bytes where each part has a bound of bytes', () => {
    const read = source({ bound: 4, boundBytes: 100 })

    expect(explained(read)).toMatchObject({
      worstItems: 4,
      worstBytes: 100,
      parts: [{ kind: 'source', note: 'read ahead', bytes: 100 }],
    })
    expect(explained(edge(read, { bytes: 50 }))).toMatchObject({ worstItems: 12, worstBytes: 150, losses: [] })
    expect(explained(edge(read, {})).worstBytes).toBeUndefined()
    expect(explained(edge(read, { bytes: 50 }), 1).worstBytes).toBeUndefined()
  })

  test('does not count what is on disk', () => {
    const options = { name: 'disk', items: 1000, bytes: 5000, window: 8, prefetch: 4 }
    const disk = { type: 'durable', name: 'disk', input: source(), options, codec: undefined }

    expect(explained(disk as unknown as PlanNode)).toMatchObject({
      worstItems: 12,
      parts: [{ items: 1000 }, { items: 12 }],
    })
  })

  test('says of an edge what happens when it is full, when one item may overshoot, and how old its items get', () => {
    const ttl = { ms: 30, edge: never }
    const noteOf = (options: Partial<EdgeOptions>): string | undefined =>
      explained(edge(source(), options)).parts[0]?.note

    expect(noteOf({})).toBe('the producer waits')
    expect(noteOf({ bytes: 50 })).toBe('the producer waits; one item may overshoot the bytes')
    expect(noteOf({ ttl })).toBe('the producer waits; none older than 30 ms')
    expect(noteOf({ ttl, bytes: 50, overflow: 'drop-newest' })).toBe(
      'when full: drop-newest; one item may overshoot the bytes; none older than 30 ms',
    )
    expect(noteOf({ items: UNBOUNDED })).toBe('backpressure is ignored on purpose: grows with the lag')
  })

  test('tells what may be lost: by an edge that drops, by one whose items expire, and by a stage that says so', () => {
    const ttl = { ms: 30, edge: never }
    const lossy = { type: 'junction', name: 'sample', kind: 'sample', inputs: [source()], bound: 1, loses: 'the rest' }

    expect(explained(edge(source(), { ttl, overflow: 'latest' })).losses).toEqual([
      { part: 'edge', policy: 'latest' },
      { part: 'edge', policy: 'expired' },
    ])
    expect(explained(lossy as unknown as PlanNode).losses).toEqual([{ part: 'sample', policy: 'the rest' }])
    expect(explained(edge(source(), {})).losses).toEqual([])
  })
})

describe('an explanation in words', () => {
  const part = (more: object = {}) =>
    ({
      name: 'edge',
      kind: 'edge',
      policy: 'backpressure',
      items: 1,
      bytes: 10,
      durable: false,
      note: 'n',
      ...more,
    }) as const
  const text = (parts: readonly ReturnType<typeof part>[]): string[] =>
    explainText({ flow: 'flow', parts, worstItems: 1, worstBytes: undefined, unbounded: [], losses: [] }).split('\n')
  const size = (bytes: number): string => (text([part({ bytes })])[0] as string).replace(/.*memory, /, '')

  test('has sizes in the unit that suits them, with a digit behind the point below ten', () => {
    expect([0, 512, 1023, 1024, 1536, 10 * 1024, 10.6 * 1024].map(size)).toEqual([
      '0 B',
      '512 B',
      '1,023 B',
      '1 KiB',
      '1.5 KiB',
      '10 KiB',
      '11 KiB',
    ])
    expect([2.5 * 1024 ** 3, 1024 ** 4, 5000 * 1024 ** 4, Infinity].map(size)).toEqual([
      '2.5 GiB',
      '1 TiB',
      '5,000 TiB',
      'unbounded',
    ])
  })

  test('says what an item counts as only where that had to be assumed', () => {
    expect(text([part()])[0]).toBe('flow: holds at most 1 items in memory, 10 B')
    expect(text([part({ bytes: undefined })])[0]).toContain('(an item of unknown size counted as 1 KiB)')
  })

  test('says of one flow inside of a part that it is one', () => {
    expect(text([part({ inner: 1 })])[1]).toBe('  and what the flow inside edge may hold')
    expect(text([part({ inner: 1200 })])[1]).toBe('  and what up to 1,200 flows inside edge may hold')
  })

  test('has a column for places as soon as one is known', () => {
    const rows = text([part(), part({ site: 'app.ts:1:2' })])

    expect(rows.slice(2, 5)).toEqual([
      'part  kind  when full     items  bytes  worst case  note  where',
      'edge  edge  backpressure      1   10 B        10 B  n',
      'edge  edge  backpressure      1   10 B        10 B  n     app.ts:1:2',
    ])
    expect(text([part()])[2]).toBe('part  kind  when full     items  bytes  worst case  note')
  })
})
