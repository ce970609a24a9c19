import type { EventEmitter } from 'node:events'
import { PassThrough, Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { flow } from '../flow/sources.ts'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { drainOnSignal } from './drain-on-signal.ts'
import { toReadable } from './to-readable.ts'
import { toWritable } from './to-writable.ts'

describe('a flow of a Node stream', () => {
  it('reads objects and bytes, and destroys the stream when it has had enough', async () => {
    const stream = Readable.from([1, 2, 3, 4])

    expect(await flow<number>(stream).take(2).toArray(9)).toEqual([1, 2])
    expect(stream.destroyed).toBe(true)
  })

  it('is read once: a second run would be empty without a word', async () => {
    const items = flow(Readable.from([1, 2]))
    expect(await items.count()).toBe(2)
    await expect(items.count()).rejects.toMatchObject({ code: 'FOREBAY_ALREADY_RUN' })
  })

  it('fails with the error of the stream, and when it closes too early', async () => {
    const failing = new PassThrough()
    const cut = new PassThrough()
    const [first, second] = [flow(failing).count(), flow(cut).count()]
    failing.destroy(new Error('torn'))
    cut.destroy()

    await expect(first).rejects.toThrow('torn')
    await expect(second).rejects.toThrow('Premature close')
  })
})

describe('toWritable', () => {
  it('never has more in the stream than its high-water mark and one item', async () => {
    let most = 0
    const stream = new Writable({
      objectMode: true,
      highWaterMark: 4,
      write(_item, _encoding, done) {
        most = Math.max(most, stream.writableLength)
        setImmediate(done)
      },
    })

    expect(await flow.range(1, 200).to(toWritable(stream)).run().done).toBe(200)
    expect(most).toBeGreaterThan(1)
    expect(most).toBeLessThanOrEqual(4)
    expect(stream.writableFinished).toBe(true)
  })

  it('destroys the stream when the flow fails, and fails when the stream does', async () => {
    const sink = new PassThrough()
    sink.on('error', () => {})
    const failing = flow.range(1, 3).map((n) => {
      if (n === 2) throw new Error('two')
      return `${n}`
    })
    await expect(failing.to(toWritable(sink)).run().done).rejects.toThrow('two')
    expect(sink.destroyed).toBe(true)

    const stuck = new Writable({ highWaterMark: 1, write() {} })
    const run = flow.range(1, 3).map(String).to(toWritable(stuck)).run()
    setImmediate(() => stuck.destroy(new Error('pipe')))
    await expect(run.done).rejects.toThrow('pipe')
  })

  it('fails when the stream is closed under it', async () => {
    const stuck = new Writable({ highWaterMark: 1, write() {} })
    const run = flow.range(1, 3).map(String).to(toWritable(stuck)).run()
    setImmediate(() => stuck.destroy())

    await expect(run.done).rejects.toMatchObject({ code: 'FOREBAY_CLOSED' })
  })

  it('leaves a stream open that it is told not to end, and leaves no listener behind', async () => {
    const stream = new PassThrough()
    const before = stream.listenerCount('drain') + stream.listenerCount('close') + stream.listenerCount('error')
    for (const n of [1, 2])
      await flow([n])
        .to(toWritable(stream, { end: false, lines: true }))
        .run().done

    // From Node 26 on `read` gives one chunk, before it gave all.
    let text = ''
    for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) text += String(chunk)
    expect(text).toBe('1\n2\n')
    expect(stream.listenerCount('drain') + stream.listenerCount('close') + stream.listenerCount('error')).toBe(before)
    expect(stream.writableEnded).toBe(false)
  })

  it('is what a stream needs to be a sink: as it is, it would not wait', () => {
    expect(() => flow(['a']).to(new PassThrough() as never)).toThrow(/toWritable/)
    expect(() => flow(['a']).to(new WritableStream() as never)).toThrow(/toWritableStream/)
  })

  it('refuses to end the same stream for two runs', async () => {
    const program = flow(['a']).to(toWritable(new PassThrough()))
    await program.run().done

    expect(() => program.run()).toThrow(/can be used once/)
    expect(() => toWritable({} as never)).toThrow(TypeError)
  })
})

describe('toReadable', () => {
  it('carries everything through a Node pipeline', async () => {
    const seen: number[] = []
    await pipeline(toReadable(flow.range(1, 50)), async (items: AsyncIterable<number>) => {
      for await (const item of items) seen.push(item)
    })

    expect(seen).toHaveLength(50)
  })

  it('asks for no more than it may hold, and cancels the run when it is destroyed', async () => {
    let read = 0
    let closed = 0
    const source = {
      *[Symbol.iterator]() {
        try {
          for (;;) yield ++read
        } finally {
          closed++
        }
      },
    }
    const stream = toReadable(flow(source), { highWaterMark: 2 })
    await new Promise((resolve) => stream.once('readable', resolve))
    await new Promise(setImmediate)

    expect(read).toBeLessThanOrEqual(3)
    stream.destroy()
    await new Promise((resolve) => stream.once('close', resolve))
    expect(closed).toBe(1)
  })

  it('fails with the error of the flow, and with an item that a stream cannot carry', async () => {
    const failing = flow.range(1, 3).map(() => {
      throw new Error('first')
    })
    await expect(toReadable(failing).toArray()).rejects.toThrow('first')
    await expect(toReadable(flow([1, null])).toArray()).rejects.toThrow('cannot carry null')
  })
})

describe('drainOnSignal', () => {
  it('drains at the first signal, cancels at the second, and then listens no more', async () => {
    const before = process.listenerCount('SIGUSR2')
    const actions: string[] = []
    const run = flow
      .range(1, 1e9)
      .to(() => new Promise(() => {}))
      .run()
    const clock = new VirtualClock()
    drainOnSignal(run, { signals: ['SIGUSR2'], clock, onSignal: (action) => actions.push(action) })
    const emitter: EventEmitter = process

    emitter.emit('SIGUSR2', 'SIGUSR2')
    expect(run.inspect().state).toBe('draining')
    await clock.advance(200)
    emitter.emit('SIGUSR2', 'SIGUSR2') // the same one, passed on by a parent
    expect(actions).toEqual(['drain'])
    await clock.advance(100)
    emitter.emit('SIGUSR2', 'SIGUSR2')
    await expect(run.done).rejects.toMatchObject({ code: 'FOREBAY_CANCELLED' })
    expect(actions).toEqual(['drain', 'abort'])
    expect(process.listenerCount('SIGUSR2')).toBe(before)
  })
})
