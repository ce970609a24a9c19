import { PassThrough, Readable, Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import type { Clock } from '../kernel/clock.ts'
import { verdict } from '../kernel/verdict/verdict.ts'
import { watchStalls } from '../observe/stall-watch.ts'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { inspectNodeStreams } from './inspect-node-streams.ts'

function parts(clock: VirtualClock, ms: { parse: number; enrich: number; store: number }) {
  let n = 0
  const source = new Readable({
    objectMode: true,
    read() {
      this.push({ n: ++n })
    },
  })
  const step = (waitMs: number): Transform =>
    new Transform({
      objectMode: true,
      transform(item, _encoding, done) {
        clock.after(waitMs, () => done(null, item))
      },
    })
  const store = new Writable({
    objectMode: true,
    write(_item, _encoding, done) {
      clock.after(ms.store, done)
    },
  })
  return [source, step(ms.parse), step(ms.enrich), store] as const
}

const names = ['read', 'parse', 'enrich', 'store']

describe('a Node pipeline that is watched', () => {
  it.each([['parse'], ['enrich'], ['store']] as const)('has its slow part named: %s', async (slow) => {
    const clock = new VirtualClock()
    const streams = parts(clock, { parse: 1, enrich: 1, store: 1, [slow]: 10 })
    const stop = new AbortController()
    const done = pipeline(streams, { signal: stop.signal }).catch((error: unknown) => error)
    const seen = inspectNodeStreams(streams, { name: 'import', names, everyMs: 1, clock })
    // The buffers in front of the slow part fill first.
    await clock.advance(500)
    const before = seen.inspect()
    await clock.advance(1000)
    const found = verdict(before, seen.inspect())
    stop.abort()
    await done
    expect(found.kind).toBe('bottleneck')
    expect(found.sentence).toContain(slow)
    seen.stop()
  })

  it('has the part named that never answers, in the report of a stall', async () => {
    const clock = new VirtualClock()
    const [source, parse, enrich] = parts(clock, { parse: 1, enrich: 1, store: 1 })
    const stuck = new Writable({ objectMode: true, write() {} })
    const streams = [source, parse, enrich, stuck]
    const stop = new AbortController()
    const done = pipeline(streams, { signal: stop.signal }).catch((error: unknown) => error)
    const seen = inspectNodeStreams(streams, { names, everyMs: 10, clock })
    const reports: string[] = []
    const watch = watchStalls(seen, { after: '2s', clock, onStall: ({ sentence }) => reports.push(sentence) })
    await clock.advance(1000)
    const before = seen.inspect()
    await clock.advance(5000)
    expect(verdict(before, seen.inspect())).toMatchObject({ kind: 'stall', sentence: expect.stringContaining('store') })
    expect(reports).toEqual([expect.stringContaining('store')])
    watch.stop()
    stop.abort()
    await done
  })

  it('has the part named that keeps the event loop busy', async () => {
    let now = 0
    const clock = {
      now: () => now,
      wall: () => now,
      utilisation: () => ({ activeMs: now, idleMs: 0 }),
      after: (_ms: number, callback: () => void) => {
        const timer = setImmediate(callback)
        return () => clearImmediate(timer)
      },
    } as never as Clock
    let left = 400
    const source = new Readable({
      objectMode: true,
      read() {
        this.push(left-- > 0 ? { left } : null)
      },
    })
    const busy = (ms: number): Transform =>
      new Transform({
        objectMode: true,
        transform(item, _encoding, done) {
          now += ms
          done(null, item)
        },
      })
    const streams = [source, busy(1), busy(8), new PassThrough({ objectMode: true }).resume()]
    const seen = inspectNodeStreams(streams, { name: 'import', names, clock })
    const before = seen.inspect()
    await pipeline(streams)
    const { state, ...after } = seen.inspect()
    expect(state).not.toBe('failed')
    const found = verdict(before, { ...after, state: 'running' })
    expect(found).toMatchObject({ kind: 'loop', sentence: expect.stringContaining('enrich') })
    expect(found.evidence.loopShare).toBeCloseTo(8 / 9, 1)
    seen.stop()
  })

  it('is the same pipeline: no listener more, the same bytes, and nothing left behind', async () => {
    const chunks = Array.from({ length: 50 }, (_, n) => Buffer.alloc(10_000, n))
    const [source, middle, sink] = [Readable.from(chunks), new PassThrough(), new PassThrough()]
    const streams = [source, middle, sink] as const
    const listeners = (): number =>
      streams.reduce(
        (sum, stream) => sum + stream.eventNames().reduce((all, name) => all + stream.listenerCount(name), 0),
        0,
      )
    const before = listeners()
    const seen = inspectNodeStreams(streams)
    expect(listeners()).toBe(before)
    expect(source.readableFlowing).toBe(null)
    const got: Buffer[] = []
    await pipeline(source, middle, sink, async (bytes) => {
      for await (const chunk of bytes) got.push(chunk as Buffer)
    })
    expect(Buffer.concat(got).equals(Buffer.concat(chunks))).toBe(true)
    expect(seen.inspect().stages.map(({ name, in: taken }) => [name, taken])).toEqual([
      ['Readable', 0],
      ['PassThrough', 50],
      ['PassThrough', 50],
    ])
    expect(seen.inspect().state).toBe('done')
    seen.stop()
    for (const stream of streams) expect(Object.keys(stream)).not.toContain('write')
    for (const method of ['write', 'push', '_write']) expect(Object.hasOwn(middle, method)).toBe(false)
    expect(() => inspectNodeStreams([{} as never])).toThrow(TypeError)
    expect(() => inspectNodeStreams([], { everyMs: 0 })).toThrow(RangeError)
  })
})
