import { type Duplex, PassThrough, Readable, Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip, gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { flow } from '../flow/sources.ts'
import { throughDuplex } from './through-duplex.ts'
import { toDuplex } from './to-duplex.ts'
import { toReadable } from './to-readable.ts'
import { toWritable } from './to-writable.ts'

const turns = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await new Promise(setImmediate)
}

const collect = async (stream: AsyncIterable<unknown>): Promise<unknown[]> => {
  const seen: unknown[] = []
  for await (const item of stream) seen.push(item)
  return seen
}

describe('a flow through a Node duplex', () => {
  it('gives what comes out of it, bytes and objects', async () => {
    const text = 'forebay '.repeat(50_000)
    const chunks = Array.from({ length: 50 }, (_, n) => text.slice(n * 8000, (n + 1) * 8000))
    const packed = Buffer.concat(
      await flow(chunks)
        .via(throughDuplex<string, Buffer>(() => createGzip()))
        .toArray(999),
    )
    expect(gunzipSync(packed).toString()).toBe(text)

    const doubled = throughDuplex<number, number>(
      () =>
        new Transform({
          objectMode: true,
          transform(n: number, _encoding, done) {
            this.push(n)
            done(null, n * 10)
          },
        }),
    )
    for (let run = 0; run < 2; run++)
      expect(await flow.range(1, 3).via(doubled).toArray(9)).toEqual([1, 10, 2, 20, 3, 30])
    expect(await flow<number>([]).via(doubled).toArray(9)).toEqual([])
  })

  it('never writes past the high-water mark without drain', async () => {
    let most = 0
    const slow = throughDuplex<number, number>(() => {
      const stream = new Transform({
        objectMode: true,
        highWaterMark: 3,
        transform(n: number, _encoding, done) {
          most = Math.max(most, stream.writableLength)
          setImmediate(done, null, n)
        },
      })
      return stream
    })
    expect(await flow.range(1, 200).via(slow).count()).toBe(200)
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(3)
  })

  it('takes no more than what somebody wants and the stream holds', async () => {
    let read = 0
    const iterator = flow
      .range(1, 10_000)
      .tap(() => read++)
      .via(throughDuplex<number, number>(() => new PassThrough({ objectMode: true, highWaterMark: 2 })))
      .iterate()
    await turns()
    expect(read).toBe(0)
    await iterator.next()
    await turns()
    expect(read).toBeLessThan(10)
    await iterator.return?.()
  })

  it('fails with the error of the stream, when it closes too early, and for what cannot be written', async () => {
    const failing = (fail: (stream: Duplex) => void, items: unknown[] = [1, 2, 3]) => {
      const run = flow(items)
        .via(
          throughDuplex(() => {
            const stream = new PassThrough({ objectMode: true, highWaterMark: 1 })
            setImmediate(() => fail(stream))
            return stream
          }),
        )
        .to(async () => turns())
        .run()
      return run.done.finally(() => expect(run.inspect().balanced).toBe(true))
    }
    await expect(failing((stream) => stream.destroy(new Error('torn')))).rejects.toThrow('torn')
    await expect(failing((stream) => stream.destroy())).rejects.toMatchObject({ code: 'FOREBAY_CLOSED' })
    await expect(failing(() => {}, [1, null])).rejects.toThrow(/null/)
    await expect(
      flow([gzipSync('a').subarray(0, 9)])
        .via(throughDuplex(() => createGunzip()))
        .count(),
    ).rejects.toThrow('unexpected end of file')
  })

  it('destroys the stream when either side fails or has had enough', async () => {
    const streams: Duplex[] = []
    const piece = throughDuplex<number, number>(() => {
      const stream = new PassThrough({ objectMode: true })
      streams.push(stream)
      return stream
    })
    expect(await flow.range(1, 1e5).via(piece).take(2).toArray(2)).toEqual([1, 2])
    const torn = flow.range(1, 3).map((n) => {
      if (n === 2) throw new Error('torn')
      return n
    })
    await expect(torn.via(piece).count()).rejects.toThrow('torn')
    await turns()
    expect(streams.map(({ destroyed }) => destroyed)).toEqual([true, true])
    expect(streams[1]?.errored?.message).toBe('torn')
  })

  it('refuses what is no duplex, and one of another run', async () => {
    expect(() => throughDuplex({} as never)).toThrow(TypeError)
    await expect(
      flow([1])
        .via(throughDuplex(() => ({}) as never))
        .count(),
    ).rejects.toThrow(/expected a function that makes/)
    const shared = new PassThrough({ objectMode: true })
    const piece = throughDuplex(() => shared)
    expect(await flow([1]).via(piece).count()).toBe(1)
    await expect(flow([1]).via(piece).count()).rejects.toMatchObject({ code: 'FOREBAY_ALREADY_RUN' })
  })
})

describe('a Node duplex of a flow', () => {
  it('stands in a pipeline, objects and bytes', async () => {
    const seen: unknown[] = []
    await pipeline(
      Readable.from([1, 2, 3]),
      toDuplex<number, number>((numbers) => numbers.map((n) => n * 2)),
      async (items) => void seen.push(...(await collect(items))),
    )
    expect(seen).toEqual([2, 4, 6])

    const shout = toDuplex<Buffer, string>((bytes) => bytes.map((chunk) => chunk.toString().toUpperCase()), {
      objectMode: false,
    })
    shout.end(Buffer.from('quiet'))
    expect(Buffer.concat((await collect(shout)) as Buffer[]).toString()).toBe('QUIET')
  })

  it('lets the pressure through', async () => {
    let written = 0
    const source = new Readable({
      objectMode: true,
      highWaterMark: 1,
      read() {
        this.push(++written)
      },
    })
    const stuck = new Writable({ objectMode: true, highWaterMark: 1, write() {} })
    const done = pipeline(
      source,
      toDuplex((items) => items),
      stuck,
    ).catch((error: unknown) => error)
    await turns()
    expect(written).toBeGreaterThan(0)
    expect(written).toBeLessThan(15)
    stuck.destroy(new Error('over'))
    expect(await done).toMatchObject({ message: 'over' })
  })

  it('fails with the flow, and the flow with it', async () => {
    const torn = toDuplex<number, number>((numbers) =>
      numbers.map((n) => {
        if (n === 2) throw new Error('torn')
        return n
      }),
    )
    await expect(
      pipeline(Readable.from([1, 2, 3]), torn, new PassThrough({ objectMode: true }).resume()),
    ).rejects.toThrow('torn')
    let closed = 0
    const endless = {
      *[Symbol.iterator]() {
        try {
          for (let n = 0; ; n++) yield n
        } finally {
          closed++
        }
      },
    }
    const source = toDuplex<number, number>((numbers) => numbers.merge(flow(endless))).on('error', () => {})
    source.resume()
    await turns()
    source.destroy(new Error('gone'))
    await turns()
    expect(closed).toBe(1)
    expect(source.errored?.message).toBe('gone')
  })

  it('closes when its piece has had enough: a premature close for who still writes', async () => {
    const endless = new Readable({
      objectMode: true,
      read() {
        this.push(1)
      },
    })
    const seen: unknown[] = []
    const sink = new Writable({
      objectMode: true,
      write(item, _encoding, done) {
        seen.push(item)
        done()
      },
    })
    await expect(
      pipeline(
        endless,
        toDuplex((items) => items.take(2)),
        sink,
      ),
    ).rejects.toMatchObject({
      code: 'ERR_STREAM_PREMATURE_CLOSE',
    })
    expect(seen).toEqual([1, 1])
    expect(endless.destroyed).toBe(true)
    expect(() => toDuplex((() => 7) as never)).toThrow(/^toDuplex: expected a function that returns a flow/)
  })
})

describe('values that a Node stream cannot carry', () => {
  it('travel in boxes', async () => {
    expect(await collect(toReadable(flow([1, null, undefined]), { box: true }))).toEqual([
      { value: 1 },
      { value: null },
      { value: undefined },
    ])
    const seen: unknown[] = []
    const sink = new Writable({
      objectMode: true,
      write(item, _encoding, done) {
        seen.push(item)
        done()
      },
    })
    await flow([1, null])
      .to(toWritable(sink, { box: true }))
      .run().done
    expect(seen).toEqual([{ value: 1 }, { value: null }])
    await expect(collect(toReadable(flow([1, undefined])))).rejects.toThrow('cannot carry undefined')
    await expect(
      flow([null])
        .to(toWritable(new PassThrough({ objectMode: true }).on('error', () => {})))
        .run().done,
    ).rejects.toThrow(/null/)
  })

  it('are bytes in a stream of bytes, the empty ones left out', async () => {
    const stream = toReadable(flow(['a', '', Buffer.alloc(0), Buffer.from('b')]), { objectMode: false })
    expect(stream.readableObjectMode).toBe(false)
    expect(Buffer.concat((await collect(stream)) as Buffer[]).toString()).toBe('ab')
    await expect(collect(toReadable(flow([1]), { objectMode: false }))).rejects.toThrow(TypeError)
  })

  it('cancel the run with the reason of the stream', async () => {
    let reason: unknown
    const web = new ReadableStream({
      pull: (controller) => controller.enqueue(1),
      cancel: (why) => void (reason = why),
    })
    const stream = toReadable(flow(web)).on('error', () => {})
    await new Promise((resolve) => stream.once('readable', resolve))
    stream.destroy(new Error('gone'))
    await turns()
    expect(String(reason)).toContain('gone')
  })
})
