import { describe, expect, it } from 'vitest'
import type { Context, Outcome } from './context.ts'
import { fuse, type Stateless } from './fuse.ts'

const kinds = ['map', 'filter', 'tap'] as const

/** Every way to put so many operators in a row. */
function rows(length: number): Stateless['kind'][][] {
  if (length === 0) return [[]]
  return rows(length - 1).flatMap((row) => kinds.map((kind) => [...row, kind]))
}

/** The n-th operator of a row: `map` marks its place, `filter` is hostile to one item, `tap` says no to all. */
function operatorAt(kind: Stateless['kind'], at: number, seen: string[]): Stateless {
  const name = `${kind} ${at}`
  const note = (value: string): void => void seen.push(`${at}:${value}`)
  if (kind === 'map') return { kind, name, fn: (value: string) => (note(value), value === 'b' ? '' : `${value}${at}`) }
  if (kind === 'filter')
    return { kind, name, fn: (value: string) => (note(value), !value.startsWith('ac'.charAt(at % 2))) }
  return { kind, name, fn: (value: string) => (note(value), undefined) }
}

/** What the same operators do one after the other. */
function oneByOne(row: readonly Stateless[], item: string): string | undefined {
  let value: any = item
  for (const { kind, fn } of row) {
    const result = fn(value)
    if (kind === 'map') value = result
    else if (kind === 'filter' && !result) return undefined
  }
  return value as string
}

const rowsUpToFour = [0, 1, 2, 3, 4].flatMap(rows)

describe('fused operators', () => {
  it.each(
    [...rowsUpToFour, ['map', 'filter', 'tap', 'map', 'map', 'filter', 'map'] as const].map(
      (row) => [row.join(' '), row] as const,
    ),
  )('do what they do one after the other, call by call: %s', (_, row) => {
    const fused: string[] = []
    const alone: string[] = []
    const out: (readonly [unknown, Context | undefined])[] = []
    const ends: Outcome[] = []
    const context: Context = { lease: { settle: (outcome) => void ends.push(outcome), split: () => {} } }
    const step = fuse(
      row.map((kind, at) => operatorAt(kind, at, fused)),
      (value, carried) => void out.push([value, carried]),
    )
    const expected: unknown[] = []
    const reference = row.map((kind, at) => operatorAt(kind, at, alone))
    for (const item of ['a', 'b', 'c', 'd']) {
      step(item, context)
      const result = oneByOne(reference, item)
      if (result !== undefined) expected.push([result, context])
    }

    expect(out).toEqual(expected)
    expect(fused).toEqual(alone)
    expect(ends).toEqual(Array.from({ length: 4 - expected.length }, () => 'filtered'))
  })

  it('reject an item without a context in silence', () => {
    for (const length of [1, 2, 3, 4]) {
      for (let at = 0; at < length; at++) {
        const row = Array.from({ length }, (_, place): Stateless => ({
          kind: place === at ? 'filter' : 'tap',
          name: '',
          fn: () => false,
        }))
        const out: unknown[] = []
        fuse(row, (value) => void out.push(value))(1, undefined)

        expect(out).toEqual([])
      }
    }
  })
})
