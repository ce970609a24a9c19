import { describe, expect, it } from 'vitest'
import { flow } from '../sources.ts'
import { dematerialize, materialize, type Materialized } from './materialize.ts'

const torn = new Error('torn')
const failing = flow.range(1, 3).map((n) => {
  if (n === 3) throw torn
  return n
})

describe('materialize and dematerialize', () => {
  it('carry a failure as a value, and bring it back', async () => {
    const values = failing.via(materialize())

    expect(await values.toArray(9)).toEqual([
      { kind: 'item', value: 1 },
      { kind: 'item', value: 2 },
      { kind: 'failure', error: torn },
    ])
    const seen: number[] = []
    await expect(values.via(dematerialize()).forEach((n) => seen.push(n))).rejects.toBe(torn)
    expect(seen).toEqual([1, 2])
  })

  it('keep undefined and null, as items and as errors', async () => {
    const nothing = flow([undefined, null]).via(materialize()).via(dematerialize())
    const failed = flow<Materialized<number>>([{ kind: 'failure', error: undefined }]).via(dematerialize())

    expect(await nothing.toArray(9)).toEqual([undefined, null])
    await expect(failed.count()).rejects.toBeUndefined()
  })

  it('ask for nothing behind the end', async () => {
    let asked = 0
    const values = flow({
      *[Symbol.iterator](): Generator<Materialized<number>> {
        asked++
        yield { kind: 'item', value: 1 }
        asked++
        yield { kind: 'complete' }
        for (;;) {
          asked++
          yield { kind: 'item', value: 2 }
        }
      },
    })

    expect(await values.via(dematerialize()).toArray(9)).toEqual([1])
    expect(asked).toBe(2)
  })

  it('refuse what is no such value', async () => {
    for (const value of [undefined, 7, {}, { kind: 'other' }]) {
      const run = flow([value as Materialized<number>])
        .via(dematerialize())
        .to(() => {})
        .run()
      await expect(run.done).rejects.toThrow('dematerialize: expected a value of materialize, got')
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 1, dropped: { failed: 1 } } })
    }
  })
})
