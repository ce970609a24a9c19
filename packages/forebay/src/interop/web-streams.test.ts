import { describe, expect, it } from 'vitest'
import { flow } from '../flow/sources.ts'
import { fromByteStream } from './from-byte-stream.ts'
import { toTransformStream } from './to-transform-stream.ts'
import { toReadableStream, toWritableStream } from './web-streams.ts'

const turns = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setTimeout(resolve))
}

const collect = async (stream: AsyncIterable<unknown>): Promise<unknown[]> => {
  const seen: unknown[] = []
  for await (const item of stream) seen.push(item)
  return seen
}

/** An endless stream that says how far it was read, and why it was left. */
function counted(strategy = { highWaterMark: 0 }) {
  const state = { pulled: 0, reasons: [] as unknown[] }
  const stream = new ReadableStream<number>(
    {
      pull: (controller) => controller.enqueue(++state.pulled),
      cancel: (reason) => void state.reasons.push(reason),
    },
    strategy,
  )
  return { state, stream }
}

describe('a flow of a web stream', () => {
  it('pulls one chunk for one item of demand, at a high-water mark of 0 too', async () => {
    const { state, stream } = counted()
    const items = flow(stream).iterate()
    await turns()
    expect(state.pulled).toBe(0)
    for (const n of [1, 2, 3]) {
      expect((await items.next()).value).toBe(n)
      await turns()
      expect(state.pulled).toBe(n)
    }
    await items.return?.('enough')
    expect(state.reasons).toHaveLength(1)
    expect(stream.locked).toBe(false)
  })

  it('cancels the stream once, with the reason of whoever ended it', async () => {
    const ends = [
      (run: { cancel(reason: unknown): void }) => run.cancel('enough'),
      (run: { cancel(reason: unknown): void }) => (run.cancel(new Error('over')), run.cancel('again')),
    ]
    for (const end of ends) {
      const { state, stream } = counted()
      const run = flow(stream)
        .to(() => new Promise(() => {}))
        .run()
      run.done.catch(() => {})
      await turns()
      end(run)
      await turns()
      expect(state.reasons).toHaveLength(1)
      expect(String(state.reasons[0])).toMatch(/enough|over/)
    }
    const { state, stream } = counted()
    const torn = flow(stream).map((n) => {
      if (n === 2) throw new Error('torn')
      return n
    })
    await expect(torn.count()).rejects.toThrow('torn')
    await turns()
    expect(String(state.reasons[0])).toContain('torn')
  })

  it('fails with the error of the stream, gives the lock back at its end, and refuses one that is in use', async () => {
    const failing = new ReadableStream({ pull: (controller) => controller.error(new Error('torn')) })
    await expect(flow(failing).count()).rejects.toThrow('torn')
    expect(failing.locked).toBe(false)
    const whole = new ReadableStream({ start: (controller) => controller.close() })
    expect(await flow(whole).count()).toBe(0)
    expect(whole.locked).toBe(false)
    await expect(flow(whole).count()).rejects.toMatchObject({ code: 'FOREBAY_ALREADY_RUN' })
    const locked = new ReadableStream()
    locked.getReader()
    await expect(flow(locked).count()).rejects.toThrow(/locked/)
    await expect(fromByteStream(locked).count()).rejects.toThrow(/locked/)
  })

  it('reads bytes into chunks of its own size', async () => {
    const reasons: unknown[] = []
    const make = (): ReadableStream =>
      new ReadableStream({
        type: 'bytes',
        pull: (controller) => controller.enqueue(new Uint8Array(1000).fill(7)),
        cancel: (reason) => void reasons.push(reason),
      })
    const chunks = await fromByteStream(make(), { chunkBytes: 300 }).take(4).toArray(4)
    expect(chunks.map(({ length }) => length)).toEqual([300, 300, 300, 100])
    await turns()
    expect(reasons).toHaveLength(1)
    const ended = new ReadableStream({
      type: 'bytes',
      start: (controller) => {
        controller.enqueue(new Uint8Array(5))
        controller.close()
      },
    })
    expect((await fromByteStream(ended).toArray(9)).map(({ length }) => length)).toEqual([5])
    await expect(fromByteStream(new ReadableStream()).count()).rejects.toThrow(TypeError)
    expect(() => fromByteStream({} as never)).toThrow(TypeError)
    expect(() => fromByteStream(make(), { chunkBytes: 0 })).toThrow(RangeError)
  })
})

describe('a web stream of a flow', () => {
  it('cancels the run with the reason of the reader, through to the source', async () => {
    const { state, stream } = counted()
    const reader = toReadableStream(flow(stream)).getReader()
    await reader.read()
    await reader.cancel('seen enough')
    await turns()
    expect(String(state.reasons[0])).toContain('seen enough')
  })

  it.skipIf(typeof Buffer === 'undefined')(
    'is a stream of bytes on demand, which leaves the chunks of the flow alone',
    async () => {
      const chunk = Buffer.from('hello')
      const bytes = () => flow([chunk, new Uint8Array(0), chunk])
      const reader = (toReadableStream(bytes(), { type: 'bytes' }) as ReadableStream).getReader({ mode: 'byob' })
      const seen: string[] = []
      for (;;) {
        const { done, value } = await reader.read(new Uint8Array(3))
        if (done) break
        seen.push(Buffer.from(value as Uint8Array).toString())
      }
      expect(seen.join('')).toBe('hellohello')
      expect(seen.every(({ length }) => length <= 3)).toBe(true)
      expect(chunk.toString()).toBe('hello')
      const plain = toReadableStream(bytes(), { type: 'bytes' })
      expect(Buffer.concat((await collect(plain)) as Buffer[]).toString()).toBe('hellohello')
      await expect(collect(toReadableStream(flow(['text']), { type: 'bytes' }))).rejects.toThrow(/expected bytes/)
      expect(() => toReadableStream(bytes(), { type: 'text' as never })).toThrow(RangeError)
    },
  )
})

describe('a web stream as a sink', () => {
  it('is told of the end and of the failure, and has its lock back', async () => {
    const told: string[] = []
    const make = (): WritableStream<number> =>
      new WritableStream({
        write: (n) => void told.push(`write ${n}`),
        close: () => void told.push('close'),
        abort: (reason) => void told.push(`abort ${String(reason)}`),
      })
    const whole = make()
    await flow([1]).to(toWritableStream(whole)).run().done
    expect(whole.locked).toBe(false)
    const run = flow([1, 2])
      .mapAsync((n) => (n === 1 ? n : new Promise<number>(() => {})))
      .to(toWritableStream(make()))
      .run()
    run.done.catch(() => {})
    await turns()
    run.cancel('enough')
    await turns()
    expect(told).toEqual(['write 1', 'close', 'write 1', expect.stringMatching(/^abort .*enough/)])
  })

  it('fails the flow when it fails, when it is in use, and when it was closed', async () => {
    const failing = new WritableStream({
      write: () => {
        throw new Error('full')
      },
    })
    await expect(flow([1]).to(toWritableStream(failing)).run().done).rejects.toThrow('full')
    const closing = new WritableStream({ close: () => Promise.reject(new Error('not flushed')) })
    await expect(flow([1]).to(toWritableStream(closing)).run().done).rejects.toThrow('not flushed')
    const locked = new WritableStream()
    locked.getWriter()
    expect(() => flow([1]).to(toWritableStream(locked)).run()).toThrow(TypeError)
    const closed = new WritableStream()
    await closed.close()
    await expect(flow([1]).to(toWritableStream(closed)).run().done).rejects.toMatchObject({ code: 'FOREBAY_CLOSED' })
  })
})

describe('a pair of web streams of a flow', () => {
  it('stands in pipeThrough', async () => {
    const source = toReadableStream(flow.range(1, 5))
    const doubled = (source as ReadableStream).pipeThrough(
      toTransformStream<number, number>((numbers) => numbers.filter((n) => n % 2 === 1).map((n) => n * 10)) as never,
    )
    expect(await collect(doubled as ReadableStream)).toEqual([10, 30, 50])
  })

  it('lets the pressure through, and the reason of a reader that leaves', async () => {
    const { state, stream } = counted()
    const piped = stream.pipeThrough(toTransformStream<number, number>((numbers) => numbers) as never) as ReadableStream
    await turns()
    expect(state.pulled).toBeLessThan(5)
    const reader = piped.getReader()
    for (let i = 0; i < 20; i++) await reader.read()
    await turns()
    expect(state.pulled).toBeLessThan(26)
    await reader.cancel('enough')
    await turns()
    expect(state.reasons).toHaveLength(1)
  })

  it('fails both ends with the flow, and the flow with what is written', async () => {
    const { readable, writable } = toTransformStream<number, number>((numbers) =>
      numbers.map((n) => {
        if (n === 2) throw new Error('torn')
        return n
      }),
    )
    const writer = (writable as WritableStream<number>).getWriter()
    const writes = [1, 2, 3, 4].map((n) => writer.write(n).catch((error: unknown) => String(error)))
    writer.closed.catch(() => {})
    await expect(collect(readable as ReadableStream)).rejects.toThrow('torn')
    expect((await Promise.all(writes)).at(-1)).toContain('torn')

    const other = toTransformStream<number, number>((numbers) => numbers)
    const reading = collect(other.readable as ReadableStream)
    await (other.writable as WritableStream).abort(new Error('aborted'))
    await expect(reading).rejects.toThrow('aborted')

    const short = toTransformStream<number, number>((numbers) => numbers.take(1))
    const into = (short.writable as WritableStream<number>).getWriter()
    into.closed.catch(() => {})
    const late = [1, 2, 3].map((n) => into.write(n).catch((error: unknown) => error))
    expect(await collect(short.readable as ReadableStream)).toEqual([1])
    expect((await Promise.all(late)).at(-1)).toMatchObject({ code: 'FOREBAY_CLOSED' })
    expect(() => toTransformStream((() => 7) as never)).toThrow(/^toTransformStream: expected a function/)
  })
})
