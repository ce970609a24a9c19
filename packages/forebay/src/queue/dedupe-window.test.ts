import { describe, expect, it } from 'vitest'
import { DedupeWindow } from './dedupe-window.ts'

describe('DedupeWindow', () => {
  it('knows an id until its time is over', () => {
    const window = new DedupeWindow({ withinMs: 100, max: 10 })
    window.add('a', 1000)
    expect(window.has('a', 1099)).toBe(true)
    expect(window.has('a', 1100)).toBe(false)
    expect(window.has('b', 1000)).toBe(false)
  })

  it('keeps the newest when there are too many, and never more than its bound', () => {
    const window = new DedupeWindow({ withinMs: 1e9, max: 3 })
    for (let n = 0; n < 1000; n++) window.add(`${n}`, n)
    expect(window.size).toBe(3)
    expect(['996', '997', '998', '999'].map((id) => window.has(id, 1000))).toEqual([false, true, true, true])
  })

  it('forgets a written record once none of its ids count any more', () => {
    const window = new DedupeWindow({ withinMs: 1e9, max: 4 })
    const written: number[] = []
    const forgotten: number[] = []
    for (let record = 1; record <= 50; record++) {
      window.add(`${record}a`, record)
      window.add(`${record}b`, record)
      const flushed = window.flush(record, record)
      written.push(flushed.ids?.record ?? 0)
      forgotten.push(...flushed.forgotten)
      expect(written.length - forgotten.length).toBeLessThanOrEqual(3)
    }
    expect(forgotten).toEqual(written.slice(0, forgotten.length))
  })

  it('writes again what a failed commit did not, and knows after a restart what was written', () => {
    const window = new DedupeWindow({ withinMs: 1e9, max: 100 })
    window.add('a', 1)
    const failed = window.flush(1, 1)
    window.unflush(failed)
    window.add('b', 2)
    const { ids } = window.flush(2, 2)
    expect(ids?.ids).toEqual(['a', 'b'])
    const next = new DedupeWindow({ withinMs: 1e9, max: 100 })
    next.recover(ids === undefined ? [] : [ids])
    expect(['a', 'b', 'c'].map((id) => next.has(id, 3))).toEqual([true, true, false])
  })
})
