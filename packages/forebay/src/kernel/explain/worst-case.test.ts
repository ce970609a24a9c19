import { describe, expect, it } from 'vitest'
import type { ExplainedPart, Explanation } from './explain.ts'
import { worstCase } from './worst-case.ts'

const part = (name: string, items: number, more: Partial<ExplainedPart> = {}): ExplainedPart => ({
  name,
  kind: 'edge',
  policy: 'backpressure',
  items,
  bytes: undefined,
  durable: false,
  note: '',
  ...more,
})

const explained = (...parts: readonly ExplainedPart[]): Explanation => ({
  flow: 'flow',
  parts,
  worstItems: 0,
  worstBytes: undefined,
  unbounded: [],
  losses: [],
})

describe('the worst case', () => {
  it('is the bytes that are declared, and else items of an assumed size, disk apart from memory', () => {
    const found = worstCase(
      explained(
        part('buffer', 16),
        part('bytes', 8, { bytes: 5000 }),
        part('inbox', 100, { durable: true, bytes: 70_000 }),
        part('outbox', 3, { durable: true }),
        part('work', 4),
      ),
      { itemBytes: 100 },
    )

    expect(found).toEqual({
      bytes: 1600 + 5000 + 400,
      diskBytes: 70_000 + 300,
      assumedBytes: 1600 + 400,
      itemBytes: 100,
      parts: [
        { name: 'buffer', bytes: 1600, isAssumed: true, isOnDisk: false },
        { name: 'bytes', bytes: 5000, isAssumed: false, isOnDisk: false },
        { name: 'inbox', bytes: 70_000, isAssumed: false, isOnDisk: true },
        { name: 'outbox', bytes: 300, isAssumed: true, isOnDisk: true },
        { name: 'work', bytes: 400, isAssumed: true, isOnDisk: false },
      ],
      inner: [],
    })
  })

  it('takes 1 KiB an item unless it is told, with a unit or without', () => {
    expect(worstCase(explained(part('buffer', 2)))).toMatchObject({ bytes: 2048, itemBytes: 1024 })
    expect(worstCase(explained(part('buffer', 2)), { itemBytes: '2KiB' })).toMatchObject({ bytes: 4096 })
    expect(() => worstCase(explained(), { itemBytes: -1 })).toThrow(/itemBytes/)
  })

  it('is without end where a part is, and nothing where there are no parts', () => {
    expect(worstCase(explained(part('all', Infinity), part('buffer', 2))).bytes).toBe(Infinity)
    expect(worstCase(explained())).toMatchObject({ bytes: 0, diskBytes: 0, assumedBytes: 0, parts: [] })
  })

  it('names the parts that run flows of their own, and how many', () => {
    expect(worstCase(explained(part('groups', 1, { inner: 8 }), part('buffer', 2))).inner).toEqual([
      { part: 'groups', flows: 8 },
    ])
  })
})
