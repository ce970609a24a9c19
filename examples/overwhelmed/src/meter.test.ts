import { expect, test } from 'vitest'
import { claimsOf } from './claims.ts'
import type { Job } from './jobs.ts'
import { Meter, type Figures } from './meter.ts'
import { BOUND, MOST_PUT, OUT } from './settings.ts'

const job = (id: number): Job => ({ id, bornAt: 0 })

test('a job is in the queue from its confirmation until it is done, whatever comes first and however often', () => {
  const meter = new Meter()

  meter.finished(job(0)) // delivered and done before the answer to its put came
  meter.stored([job(0), job(1), job(2)])
  meter.finished(job(1))
  meter.finished(job(1))
  meter.stored([job(3)])
  meter.finished(job(2))

  expect(meter.figures('any')).toMatchObject({ peakDepth: 2, done: 3, again: 1 })
})

test('a queue that is one job longer than its bound breaks the claims about bounds, and no others', () => {
  const usual = {
    offered: 10,
    done: 10,
    dropped: 0,
    refused: 0,
    alerts: 0,
    perSecond: 100,
    p99Ms: 100,
    peakDepth: BOUND,
  }
  const figures = [
    { ...usual, peakDepth: 5 * BOUND, p99Ms: 1000 },
    usual,
    { ...usual, peakDepth: 1 },
    { ...usual, perSecond: 200 },
    { ...usual, done: 9, dropped: 1, alerts: 1 },
    { ...usual, refused: 1 },
    usual,
  ] as readonly Partial<Figures>[] as readonly Figures[]
  const longer = (by: number): Figures[] =>
    figures.map((one) => (one.peakDepth === BOUND ? { ...one, peakDepth: BOUND + by } : one))
  const broken = (all: readonly Figures[], bound: 'hard' | 'soft' = 'hard'): string[] =>
    claimsOf(all, bound)
      .filter(({ holds }) => !holds)
      .map(({ text }) => text)
  const over = longer(1)

  expect(broken(figures)).toEqual([])
  expect(broken(over)).toEqual([
    expect.stringContaining('a bounded queue'),
    expect.stringContaining('when to come back'),
    expect.stringContaining('credit'),
  ])
  expect(broken(longer(OUT + MOST_PUT), 'soft')).toEqual([])
  expect(broken(longer(OUT + MOST_PUT + 1), 'soft')).toHaveLength(3)
})
