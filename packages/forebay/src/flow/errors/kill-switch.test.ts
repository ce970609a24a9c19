import { describe, expect, it } from 'vitest'
import type { SinkProbe } from '../../testkit/sink-probe.ts'
import { world } from '../../testkit/world.ts'
import { flow } from '../sources.ts'
import { killSwitch } from './kill-switch.ts'

type Sink = SinkProbe<number>

describe('killSwitch', () => {
  it('completes every flow at shutdown, without demand and behind what is held below', async () => {
    await world(1, async (w) => {
      const kill = killSwitch()
      const sources = [w.source<number>(), w.source<number>()]
      const sinks = [w.sink<number>(), w.sink<number>()]
      const runs = sources.map((source, at) =>
        w.run(source.flow.via(kill.flow()).buffer(4), sinks[at] as (typeof sinks)[number]),
      )
      for (const source of sources) source.send(1, 2)
      sinks[0]?.request(1)
      await w.advance(1)
      kill.shutdown()
      kill.shutdown()
      for (const source of sources) await source.expectCancel()
      await sinks[0]?.expectNext(1)
      expect(runs[0]?.inspect().state).toBe('running')
      for (const sink of sinks) {
        sink.request(5)
        await sink.expectCount(sink === sinks[0] ? 1 : 2)
        await sink.expectComplete()
      }
      expect(runs.map((run) => run.inspect().balanced)).toEqual([true, true])
    })
  })

  it('fails every flow with the error of the first abort, and those that are run later', async () => {
    await world(1, async (w) => {
      const kill = killSwitch()
      const sink = w.sink<number>()
      const source = w.source<number>()
      w.run(source.flow.via(kill.flow()), sink)
      const torn = new Error('torn')
      kill.abort(torn)
      kill.abort(new Error('again'))
      kill.shutdown()
      expect(await sink.expectFailure()).toBe(torn)
      expect(source.protocolErrors).toEqual([])

      const late = w.sink<number>()
      w.run(flow([1, 2]).via(kill.flow()), late)
      late.request(5)
      expect(await late.expectFailure()).toBe(torn)
    })
  })

  it('has an error of its own', async () => {
    const kill = killSwitch()
    kill.abort()
    await expect(flow([1]).via(kill.flow()).count()).rejects.toMatchObject({ code: 'FOREBAY_CANCELLED' })
  })

  it('ends a flow that is run after it was thrown, before it takes an item', async () => {
    let read = 0
    const counted = {
      *[Symbol.iterator]() {
        for (;;) yield read++
      },
    }
    const kill = killSwitch()
    kill.shutdown()

    expect(await flow(counted).via(kill.flow()).count()).toBe(0)
    expect(read).toBe(0)
  })

  it('may be thrown by a function of the flow, above or below', async () => {
    for (const end of ['shutdown', 'abort'] as const) {
      for (const above of [true, false]) {
        const kill = killSwitch()
        const at = (n: number): void => {
          if (n === 3) kill[end](new Error('torn'))
        }
        const numbers = flow.range(1, 9)
        const run = (above ? numbers.tap(at).via(kill.flow()) : numbers.via(kill.flow()).tap(at))
          .map((n) => n)
          .to(() => {})
          .run()
        if (end === 'shutdown') expect(await run.done).toBeGreaterThanOrEqual(above ? 2 : 3)
        else await expect(run.done).rejects.toThrow('torn')
        expect(run.inspect()).toMatchObject({ balanced: true, ledger: { inFlight: 0 } })
        expect(run.inspect().ledger.in).toBeLessThan(9)
      }
    }
  })

  it('forgets a flow that has ended in any way', async () => {
    await world(1, async (w) => {
      const kill = killSwitch()
      const endless = w.source<number>()
      const torn = w.source<number>()
      const [cancelled, left, failed, done] = [0, 1, 2, 3].map(() => w.sink<number>()) as [Sink, Sink, Sink, Sink]
      const run = w.run(endless.flow.via(kill.flow()), cancelled)
      w.run(flow([1]).via(kill.flow()), left)
      w.run(torn.flow.via(kill.flow()), failed)
      w.run(flow([1]).via(kill.flow()), done)
      await w.advance(1)
      expect(kill.running).toBe(4)
      run.cancel()
      expect(kill.running).toBe(3)
      left.cancel('enough')
      await w.advance(1)
      expect(kill.running).toBe(2)
      torn.fail(new Error('torn'))
      await failed.expectFailure()
      expect(kill.running).toBe(1)
      done.request(1)
      await done.expectNext(1)
      await done.expectComplete()
      expect(kill.running).toBe(0)

      w.run(flow([1]).via(kill.flow()), w.sink<number>())
      await w.advance(1)
      kill.shutdown()
      await w.advance(1)
      expect(kill.running).toBe(0)
    })
  })
})
