import { describe, expect, test } from 'vitest'
import { verdict, type Verdict } from '../kernel/verdict/verdict.ts'
import { snapshotPair } from '../../test/support/snapshot-pair.ts'
import { VerdictTracker } from './verdict-tracker.ts'

/** What is said at `at` when `stage` of a chain is busy for `busy` of the time. */
function said(at: number, stage: 'parse' | 'save', busy = 0.99): Verdict {
  const isParse = stage === 'parse'
  const found = verdict(
    ...snapshotPair({
      stages: {
        read: { busy: 0.1, blocked: 0.9 },
        parse: { busy: isParse ? busy : 0.3, blocked: isParse ? 0 : 0.7 },
        save: { busy: isParse ? 0.3 : busy },
      },
      edges: { 'read>parse': { blocked: 0.9 }, 'parse>save': { blocked: isParse ? 0 : 0.7 } },
    }),
  )
  return { ...found, at }
}

describe('a tracked verdict', () => {
  test('stands while others come and go within its hold', () => {
    const tracker = new VerdictTracker(3000)
    expect(tracker.add(said(0, 'save'))).toBe(true)
    for (let at = 250; at < 20_000; at += 250) tracker.add(said(at, at % 2000 < 1000 ? 'parse' : 'save'))

    expect(tracker.shown?.stage).toBe('run:save')
    expect(tracker.spans()).toHaveLength(1)
  })

  test('gives way to another that lasts, from the moment that one began', () => {
    const tracker = new VerdictTracker(3000)
    tracker.add(said(0, 'save'))
    const changes = [1000, 2000, 3000, 3999, 4000].filter((at) => tracker.add(said(at, 'parse')))

    expect(changes).toEqual([4000])
    expect(tracker.shown?.stage).toBe('run:parse')
    expect(tracker.spans().map(({ stage, since, until }) => [stage, since, until])).toEqual([
      ['run:save', 0, 1000],
      ['run:parse', 1000, 4000],
    ])
  })

  test('renews its figures all the time, without counting as another', () => {
    const tracker = new VerdictTracker(3000)
    tracker.add(said(0, 'save', 0.99))

    expect(tracker.add(said(250, 'save', 0.91))).toBe(false)
    expect(tracker.shown?.sentence).toContain('busy 91 %')
  })

  test('gives way at once when the run is over', () => {
    const tracker = new VerdictTracker(3000)
    tracker.add(said(0, 'save'))

    expect(tracker.add({ ...said(250, 'save'), kind: 'done' })).toBe(true)
  })

  test('remembers no more than 200 changes', () => {
    const tracker = new VerdictTracker(0)
    for (let at = 0; at < 1000; at++) tracker.add(said(at, at % 2 === 0 ? 'parse' : 'save'))

    expect(tracker.spans()).toHaveLength(201)
    expect(tracker.spans().at(-1)?.until).toBe(999)
  })
})
