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

/** A tracker that has shown this stage since 0, at 1000. */
function tracking(stage: 'parse' | 'save'): VerdictTracker {
  const tracker = new VerdictTracker(3000)
  tracker.add(said(0, stage))
  expect(tracker.add(said(1000, stage))).toBe(true)
  return tracker
}

describe('a tracked verdict', () => {
  test('stands while others come and go within its hold', () => {
    const tracker = tracking('save')
    for (let at = 1250; at < 20_000; at += 250) tracker.add(said(at, at % 2000 < 1000 ? 'parse' : 'save'))

    expect(tracker.shown?.stage).toBe('run:save')
    expect(tracker.spans()).toHaveLength(1)
  })

  test('gives way to another that lasts, from the moment that one began', () => {
    const tracker = tracking('save')
    const changes = [2000, 3000, 4000, 4999, 5000].filter((at) => tracker.add(said(at, 'parse')))

    expect(changes).toEqual([5000])
    expect(tracker.shown?.stage).toBe('run:parse')
    expect(tracker.spans().map(({ stage, since, until }) => [stage, since, until])).toEqual([
      ['run:save', 0, 2000],
      ['run:parse', 2000, 5000],
    ])
  })

  test('renews its figures all the time, without counting as another', () => {
    const tracker = tracking('save')

    expect(tracker.add(said(1250, 'save', 0.91))).toBe(false)
    expect(tracker.shown?.sentence).toContain('busy 91 %')
  })

  test('gives way at once when the run is over', () => {
    const tracker = tracking('save')

    expect(tracker.add({ ...said(1250, 'save'), kind: 'done' })).toBe(true)
  })

  test('is shown for the first time when it has lasted a second', () => {
    const tracker = new VerdictTracker(3000)
    const shown = [0, 250, 500, 750, 1499, 1500].filter((at) => tracker.add(said(at, at < 500 ? 'parse' : 'save')))

    expect(shown).toEqual([1500])
    expect(tracker.spans().map(({ stage, since }) => [stage, since])).toEqual([['run:save', 500]])
  })

  test('is not lost when the run ends before it has lasted', () => {
    const tracker = new VerdictTracker(3000)
    tracker.add(said(0, 'save'))
    tracker.add({ ...said(500, 'save'), kind: 'done' })

    expect(tracker.spans().map(({ kind, since, until }) => [kind, since, until])).toEqual([
      ['bottleneck', 0, 500],
      ['done', 500, 500],
    ])
  })

  test('that nothing came in gives way to the first thing that does', () => {
    const tracker = tracking('save')
    for (const at of [2000, 5000]) tracker.add({ ...said(at, 'save'), kind: 'calm' })
    expect(tracker.shown?.kind).toBe('calm')

    expect(tracker.add(said(5250, 'parse'))).toBe(true)
  })

  test('remembers no more than 200 changes', () => {
    const tracker = new VerdictTracker(0)
    for (let at = 0; at < 1000; at++) tracker.add(said(at, at % 2 === 0 ? 'parse' : 'save'))

    expect(tracker.spans()).toHaveLength(201)
    expect(tracker.spans().at(-1)?.until).toBe(999)
  })
})
