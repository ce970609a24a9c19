import { describe, expect, it } from 'vitest'
import { ringsOf } from './rings.ts'
import type { Wait, WaitFor } from './waits.ts'

/** Waits as `a room b`: a waits for room at b; `a work` waits for nobody else. */
function waits(...lines: readonly string[]): Wait[] {
  return lines.map((line) => {
    const [stage = '', what = '', on] = line.split(' ')
    return { stage, for: what as WaitFor, ...(on !== undefined && { on }) }
  })
}

/** The names of the stages of each ring, in order. Kinds are given as `a:zip`. */
function rings(kinds: readonly string[], ...lines: readonly string[]): string[] {
  const stages = kinds.map((one) => one.split(':')).map(([id = '', kind = 'map']) => ({ id, kind }))
  return ringsOf(stages, waits(...lines)).map((ring) => ring.map(({ stage }) => stage).join(' '))
}

describe('rings of waits', () => {
  it('are stages in which each waits for the next, told once', () => {
    expect(rings(['a', 'b'], 'a room b', 'b room a')).toEqual(['a b'])
    expect(rings(['a', 'b', 'c'], 'a room b', 'b room c', 'c room a')).toEqual(['a b c'])
    expect(rings(['a'], 'a room a')).toEqual(['a'])
  })

  it('keep the waits of their members', () => {
    const both = waits('a room b', 'b items a')

    expect(
      ringsOf(
        [
          { id: 'a', kind: 'map' },
          { id: 'b', kind: 'map' },
        ],
        both,
      ),
    ).toEqual([both])
  })

  it('do not have stages in them that merely wait for a ring', () => {
    expect(rings(['x', 'a', 'b'], 'x room a', 'a room b', 'b room a')).toEqual(['a b'])
    expect(rings(['x', 'y', 'a', 'b'], 'x room y', 'y room a', 'a room b', 'b room a')).toEqual(['a b'])
  })

  it('are several where there are several, eight at most', () => {
    expect(rings(['a', 'b', 'c', 'd'], 'a room b', 'b room a', 'c room d', 'd room c')).toEqual(['a b', 'c d'])
    const names = Array.from({ length: 10 }, (_, at) => `s${at}`)
    expect(rings(names, ...names.map((name) => `${name} room ${name}`))).toEqual(names.slice(0, 8))
  })

  it('are none where nobody waits, or nobody in a circle', () => {
    expect(rings(['a', 'b'])).toEqual([])
    expect(rings(['a', 'b', 'c'], 'a room b', 'b room c')).toEqual([])
    // A stage that no snapshot knows may do something.
    expect(rings(['a'], 'a room gone')).toEqual([])
  })
})

describe('what breaks a ring', () => {
  it('is work, a gate, a timer or anything else outside of the flow, behind any of its members', () => {
    for (const outside of ['work', 'permit', 'timer', 'input', 'store', 'nothing', 'end']) {
      expect(rings(['a', 'b'], 'a room b', 'b room a', `b ${outside}`), outside).toEqual([])
    }
  })

  it('reaches everybody who waits for it, through others as well, whatever comes first', () => {
    const way = ['a room b', 'b room c', 'c room a', 'c work']

    expect(rings(['a', 'b', 'c'], ...way)).toEqual([])
    expect(rings(['a', 'b', 'c'], ...way.toReversed())).toEqual([])
    expect(rings(['a', 'b', 'c'], 'c work', 'c room a', 'a room b', 'b room c')).toEqual([])
  })

  it('is one of two that a stage waits for, where one may be enough', () => {
    expect(rings(['a', 'b', 'c'], 'a room b', 'b room a', 'a room c', 'c work')).toEqual([])
    expect(rings(['a:merge', 'b', 'c'], 'a items b', 'b room a', 'a items c', 'c input')).toEqual([])
    expect(rings(['a', 'b', 'c'], 'a items c', 'a room b', 'b room a', 'c input')).toEqual([])
  })

  it.each(['zip', 'zipWith', 'zipAll', 'mergeSorted'])(
    'is not one of the inputs of %s, which needs all of them',
    (kind) => {
      expect(rings([`a:${kind}`, 'b', 'c'], 'a items b', 'b room a', 'a items c', 'c input')).toEqual(['a b'])
      expect(rings([`a:${kind}`, 'b', 'c'], 'a items b', 'b room c', 'c work', 'a items c')).toEqual([])
      // The input that has given something is no part of the ring, whichever comes first.
      expect(rings([`a:${kind}`, 'b', 'c'], 'a items c', 'c input', 'a items b', 'b room a')).toEqual(['a b'])
      expect(rings([`a:${kind}`, 'b'], 'a room b', 'b room a')).toEqual(['a b'])
      // Below, one is taken to be enough.
      expect(rings([`a:${kind}`, 'b', 'c'], 'a room b', 'b room a', 'a room c', 'c work')).toEqual([])
    },
  )

  it('is not one of the outputs of a broadcast, which needs all of them', () => {
    expect(rings(['a:broadcast', 'b', 'c'], 'a credit b', 'b items a', 'a credit c', 'c work')).toEqual(['a b'])
    expect(rings(['a:broadcast', 'b', 'c'], 'a credit b', 'b work', 'a credit c', 'c work', 'c items a')).toEqual([])
    expect(rings(['a:broadcast', 'b'], 'a work', 'a credit b', 'b items a')).toEqual([])
    expect(rings(['a:broadcast', 'b'], 'a items b', 'b room a')).toEqual(['a b'])
    // Above, one is taken to be enough.
    expect(rings(['a:broadcast', 'b', 'c'], 'a items b', 'b items a', 'a items c', 'c work')).toEqual([])
  })
})
