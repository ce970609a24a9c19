import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { firehose, type Emit, type Firehose } from './firehose.ts'
import { flow } from './sources.ts'

/** A firehose that the test turns. */
function turned<T>(): { hose: Firehose<T>; emit: () => Emit<T>; stopped: unknown[] } {
  let last: Emit<T> | undefined
  const stopped: unknown[] = []
  const hose = firehose<T>((emit, signal) => {
    last = emit
    signal.addEventListener('abort', () => void stopped.push(signal.reason))
    return () => void stopped.push('disconnected')
  })
  return { hose, emit: () => last as Emit<T>, stopped }
}

describe('a firehose', () => {
  it('has no operators and no sink until it names a policy, in types and at run time', () => {
    const { hose } = turned<number>()
    // @ts-expect-error -- it cannot be slowed, so it has no sink
    expect(() => hose.to(() => {})).toThrow(/has no to\(\): it cannot be slowed/)
    // @ts-expect-error -- nor operators
    expect(() => hose.map(() => {})).toThrow(expect.objectContaining({ code: 'FOREBAY_UNBOUNDED' }))
    // @ts-expect-error -- a bound alone is not a policy
    expect(() => hose.buffer(10)).toThrow(/needs a policy/)
    // @ts-expect-error -- and waiting is not one that it could keep
    expect(() => hose.buffer(10, 'backpressure')).toThrow(/needs a policy/)
    // @ts-expect-error -- it is no source of a flow either
    expect(() => flow(hose)).toThrow(/make it a firehose/)
    expect(() => firehose(7 as never)).toThrow(TypeError)
  })

  it('tells what became of each item, and the account agrees', async () => {
    const clock = new VirtualClock()
    const { hose, emit } = turned<number>()
    const run = hose
      .buffer(2, 'drop-newest')
      .to(() => new Promise<void>((resolve) => void clock.after(10, () => resolve())))
      .run({ clock })
    const offer = emit()

    expect([1, 2, 3, 4, 5].map((n) => offer(n))).toEqual(['accepted', 'accepted', 'accepted', 'dropped', 'dropped'])
    offer.end()
    expect(offer(6)).toBe('closed')
    await clock.advance(50)
    expect(await run.done).toBe(3)
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 5, out: 3, dropped: { 'drop-newest': 2 } } })
  })

  it('keeps the newest item of each key', async () => {
    const clock = new VirtualClock()
    const { hose, emit } = turned<[string, number]>()
    const seen: [string, number][] = []
    const run = hose
      .latestBy(([key]) => key, { max: 2 })
      .to((item) => {
        seen.push(item)
        return new Promise<void>((resolve) => void clock.after(10, () => resolve()))
      })
      .run({ clock })
    for (const item of [
      ['x', 0],
      ['a', 1],
      ['b', 1],
      ['a', 2],
      ['c', 1],
      ['c', 2],
    ] as [string, number][])
      emit()(item)
    emit().end()
    await clock.advance(100)
    await run.done

    expect(seen).toEqual([
      ['x', 0],
      ['b', 1],
      ['c', 2],
    ])
    expect(run.inspect().ledger.dropped).toEqual({ replaced: 2, latest: 1 })
  })

  it('that ignores backpressure is unbounded on purpose: explain says so, and a memory budget stops it', async () => {
    const { hose, emit } = turned<string>()
    const clock = new VirtualClock()
    const program = hose
      .ignoreBackpressure()
      .to(() => new Promise<void>((resolve) => void clock.after(10, () => resolve())))
    expect(program.explain()).toMatchObject({ worstItems: Infinity, unbounded: ['ignoreBackpressure'] })

    const run = program.run({ memory: 100_000, clock })
    const offered: string[] = []
    for (let i = 0; i < 100; i++) offered.push(emit()('x'.repeat(10_000)))
    const failed = expect(run.done).rejects.toMatchObject({ code: 'FOREBAY_OVERFLOW' })
    await clock.advance(1000)
    await failed
    expect(offered.filter((offer) => offer === 'accepted').length).toBeLessThan(20)
  })

  it('is disconnected once, when the flow has had enough, is drained or cancelled, or connecting failed', async () => {
    const enough = turned<number>()
    const first = enough.hose.buffer(4, 'fail').first()
    enough.emit()(7)
    expect(await first).toBe(7)
    expect(enough.stopped).toEqual(['the flow has ended', 'disconnected'])

    const drained = turned<number>()
    const run = drained.hose
      .buffer(4, 'fail')
      .to(() => {})
      .run()
    drained.emit()(1)
    await run.drain()
    expect(await run.done).toBe(1)
    expect(drained.stopped).toHaveLength(2)

    const failing = firehose<number>(() => {
      throw new Error('no route')
    })
    await expect(failing.buffer(4, 'fail').count()).rejects.toThrow('no route')
    const late = firehose<number>(() => Promise.reject(new Error('refused')))
    await expect(late.buffer(4, 'fail').count()).rejects.toThrow('refused')
  })

  it('fails after what is held has flowed out', async () => {
    const { hose, emit } = turned<number>()
    const seen: number[] = []
    const done = hose
      .buffer(4, 'drop-oldest')
      .async()
      .forEach((n) => seen.push(n))
    emit()(1)
    emit()(2)
    emit().fail(new Error('torn'))

    await expect(done).rejects.toThrow('torn')
    expect(seen).toEqual([1, 2])
  })
})

describe('flow()', () => {
  it('sends what cannot be slowed to the firehose', () => {
    const observable = { subscribe: () => ({ unsubscribe: () => {} }), pipe: () => observable }

    for (const source of [observable, new EventEmitter(), new EventTarget()]) {
      expect(() => flow(source as never)).toThrow(expect.objectContaining({ code: 'FOREBAY_UNBOUNDED' }))
    }
  })

  it('says what is wrong with a promise, and with anything else', () => {
    expect(() => flow(Promise.resolve([1]) as never)).toThrow(/await it first/)
    expect(() => flow('events.ndjson')).toThrow(/readLines/)
    for (const source of [undefined, null, 7, {}]) expect(() => flow(source as never)).toThrow(TypeError)
  })
})
