import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AgeMarks } from './age-marks.ts'

const MAX = 256

describe('the ages of a queue', () => {
  it('are those of the items, as long as there are few instants', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(3), { minLength: 1, maxLength: MAX }),
        fc.infiniteStream(fc.nat(2)),
        (bursts, leaving) => {
          const marks = new AgeMarks()
          const times: number[] = []
          let gone = 0
          for (const [at, burst] of bursts.entries()) {
            if (burst > 0) marks.arrived(times.length + 1, at, gone)
            for (let n = 0; n < burst; n++) times.push(at)
            gone = Math.min(times.length, gone + (leaving.next().value as number))
            if (gone < times.length) expect(marks.oldestAt(gone)).toBe(times[gone])
          }
        },
      ),
    )
  })

  it('are never too young, and only too old behind 256 instants that are all still there', () => {
    const marks = new AgeMarks()
    for (let seq = 1; seq <= MAX + 100; seq++) marks.arrived(seq, seq * 10, 0)

    expect(marks.oldestAt(0)).toBe(10)
    expect(marks.oldestAt(MAX - 1)).toBe(MAX * 10)
    expect(marks.oldestAt(MAX + 50)).toBe(MAX * 10)
  })

  it('are exact again once what was in front has left', () => {
    const marks = new AgeMarks()
    for (let seq = 1; seq <= MAX; seq++) marks.arrived(seq, seq * 10, 0)

    marks.arrived(MAX + 1, 9999, MAX - 1)
    expect(marks.oldestAt(MAX - 1)).toBe(MAX * 10)
    expect(marks.oldestAt(MAX)).toBe(9999)
  })

  it('take one more instant as soon as one has gone', () => {
    const marks = new AgeMarks()
    for (let seq = 1; seq <= MAX; seq++) marks.arrived(seq, seq, 0)
    marks.arrived(MAX + 1, 1000, 1)
    marks.arrived(MAX + 2, 2000, 1)

    expect(marks.oldestAt(MAX)).toBe(1000)
    expect(marks.oldestAt(MAX + 1)).toBe(1000)
  })
})
