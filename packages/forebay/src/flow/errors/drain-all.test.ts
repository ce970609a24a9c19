import { describe, expect, it } from 'vitest'
import type { Run } from '../../kernel/run.ts'
import { world, type World } from '../../testkit/world.ts'
import { flow } from '../sources.ts'
import { drainAll } from './drain-all.ts'

/** A run that ends `ms` after it was told to drain, at best. */
function busy(w: World, name: string, ms: number, log: string[] = []): Run<any> {
  const run = flow
    .range(1, 1000)
    .to(() => w.delay(ms))
    .named(name)
    .run({ clock: w.clock })
  run.done.then(
    () => log.push(`${name} done`),
    () => log.push(`${name} cancelled`),
  )
  const drain = run.drain.bind(run)
  run.drain = (options) => {
    log.push(`${name} at ${w.clock.now()}`)
    return drain(options)
  }
  return run
}

describe('drainAll', () => {
  it('drains stage after stage, and the runs of a stage side by side', async () => {
    await world(1, async (w) => {
      const log: string[] = []
      const [a, b, c] = [busy(w, 'a', 10, log), busy(w, 'b', 20, log), busy(w, 'c', 5, log)]
      await drainAll([[a, b], c], { clock: w.clock })

      expect(log).toEqual(['a at 0', 'b at 0', 'a done', 'b done', 'c at 20', 'c done'])
    })
  })

  it('has one deadline for all, and says at the end what did not drain', async () => {
    await world(1, async (w) => {
      const log: string[] = []
      const [a, b, c] = [busy(w, 'a', 10, log), busy(w, 'b', 5000, log), busy(w, 'c', 5000, log)]
      const error = await drainAll([a, b, [c]], { within: 100, clock: w.clock }).then(
        () => undefined,
        (reason: unknown) => reason,
      )

      expect(error).toMatchObject({ code: 'FOREBAY_DRAIN_TIMEOUT', message: 'drainAll: b, c did not drain' })
      expect((error as { cause: AggregateError }).cause.errors).toMatchObject([
        { code: 'FOREBAY_DRAIN_TIMEOUT' },
        { code: 'FOREBAY_DRAIN_TIMEOUT' },
      ])
      expect(log).toEqual(['a at 0', 'a done', 'b at 10', 'b cancelled', 'c at 100', 'c cancelled'])
      expect(w.clock.now()).toBe(100)
    })
  })

  it('drains what comes after a run that has failed, and tells of that', async () => {
    await world(1, async (w) => {
      const log: string[] = []
      const torn = flow([1])
        .to(() => w.delay(5).then(() => Promise.reject(new Error('torn'))))
        .named('torn')
        .run({ clock: w.clock })
      const draining = drainAll([torn, busy(w, 'b', 10, log)], { clock: w.clock })
      await expect(draining).rejects.toMatchObject({
        message: 'drainAll: torn did not drain',
        cause: { errors: [{ message: 'torn' }] },
      })
      expect(log).toContain('b done')
    })
  })

  it('has nothing to do without runs, and says what it needs', async () => {
    await drainAll([])
    await expect(drainAll([7 as never])).rejects.toThrow('drainAll: expected runs, got 7')
    await expect(drainAll([], { within: -1 })).rejects.toThrow('within: expected milliseconds')
  })
})
