import { describe, expect, it } from 'vitest'
import { flow } from '../flow/sources.ts'
import { fromStreamIter, toStreamIter, toStreamIterWriter } from './stream-iter.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (chunks: readonly Uint8Array[]): string => Buffer.concat(chunks).toString()

/** A writer with room for `room` chunks. */
function slowWriter(room: number) {
  const log: string[] = []
  const held: Uint8Array[] = []
  let waiting: { chunk: Uint8Array; resolve: () => void } | undefined
  let over: { resolve: () => void } | undefined
  const writer = {
    writeSync: (chunk: Uint8Array) => {
      if (held.length >= room) return false
      held.push(chunk)
      return true
    },
    write: (chunk: Uint8Array) => {
      if (writer.writeSync(chunk)) return Promise.resolve()
      if (waiting !== undefined) return Promise.reject(new RangeError('too many pending writes'))
      return new Promise<void>((resolve) => {
        waiting = { chunk, resolve }
      })
    },
    end: () => {
      log.push('end')
      return held.length === 0 ? Promise.resolve() : new Promise<void>((resolve) => void (over = { resolve }))
    },
    fail: (reason: unknown) => void log.push(`fail ${String(reason)}`),
  }
  const read = (): string => {
    const text = textOf(held.splice(0))
    if (waiting !== undefined) {
      held.push(waiting.chunk)
      waiting.resolve()
      waiting = undefined
    } else over?.resolve()
    return text
  }
  return { writer: writer as never, log, read, held }
}

describe('a flow of a stream of batches', () => {
  it('gives the chunks one by one, and asks for a batch when the last one is gone', async () => {
    let pulled = 0
    let closed = 0
    async function* batches() {
      try {
        for (;;) {
          pulled++
          yield [bytes('a'), bytes('b')]
        }
      } finally {
        closed++
      }
    }
    const items = fromStreamIter({ [Symbol.asyncIterator]: batches }).iterate()
    for (let i = 0; i < 3; i++) await items.next()
    expect(pulled).toBe(2)
    await items.return?.()
    expect(closed).toBe(1)
  })

  it('takes synchronous ones, empty batches, and refuses what is none', async () => {
    expect(textOf(await fromStreamIter([[bytes('a')], [], [bytes('b'), bytes('c')]]).toArray(9))).toBe('abc')
    expect(() => fromStreamIter(7 as never)).toThrow(TypeError)
    await expect(fromStreamIter([bytes('a')] as never).count()).rejects.toThrow(/expected an array of bytes/)
    async function* once() {
      yield [bytes('a')]
    }
    const stream = once()
    expect(await fromStreamIter(stream).count()).toBe(1)
    await expect(fromStreamIter(stream).count()).rejects.toMatchObject({ code: 'FOREBAY_ALREADY_RUN' })
  })
})

describe('a stream of batches of a flow', () => {
  it('reads one chunk for one batch, and within a budget what has come meanwhile', async () => {
    let read = 0
    const chunks = flow
      .range(1, 100)
      .tap(() => read++)
      .map((n) => `${n};`)
    const exact = toStreamIter(chunks)[Symbol.asyncIterator]()
    expect((await exact.next()).value?.map((chunk: Uint8Array) => textOf([chunk]))).toEqual(['1;'])
    expect(read).toBe(1)
    await exact.return?.()

    read = 0
    const ahead = toStreamIter(chunks, { budget: 10 })[Symbol.asyncIterator]()
    const first = (await ahead.next()).value as Uint8Array[]
    await new Promise(setImmediate)
    expect(read).toBeLessThan(9)
    const second = (await ahead.next()).value as Uint8Array[]
    expect(second.length).toBeGreaterThan(1)
    expect(textOf([...first, ...second])).toMatch(/^1;2;3;/)
    await ahead.return?.()

    const all: Uint8Array[] = []
    for await (const batch of toStreamIter(chunks, { budget: '1KiB' })) all.push(...batch)
    expect(textOf(all)).toBe(Array.from({ length: 100 }, (_, n) => `${n + 1};`).join(''))
    expect(() => toStreamIter(chunks, { budget: 0 })).toThrow(/^budget/)
    await expect(
      toStreamIter(flow([7]) as never)
        [Symbol.asyncIterator]()
        .next(),
    ).rejects.toThrow(/expected bytes or text/)
  })
})

describe('a writer of a stream of batches as a sink', () => {
  it('waits where it has no room, one write at a time, and ends it', async () => {
    const { writer, log, read, held } = slowWriter(2)
    const done = flow(['a', 'b', 'c', 'd', 'e']).map(bytes).to(toStreamIterWriter(writer)).run().done
    await new Promise(setImmediate)
    expect(held).toHaveLength(2)
    let text = ''
    for (let i = 0; i < 8; i++) {
      text += read()
      await new Promise(setImmediate)
    }
    expect(await done).toBe(5)
    expect(text).toBe('abcde')
    expect(log).toEqual(['end'])
  })

  it('fails it with the flow, and is used once', async () => {
    const { writer, log } = slowWriter(9)
    const torn = flow(['a']).map(() => {
      throw new Error('torn')
    })
    const program = torn.to(toStreamIterWriter(writer))
    await expect(program.run().done).rejects.toThrow('torn')
    expect(log).toEqual(['fail Error: torn'])
    expect(() => program.run()).toThrow(/can be used once/)
    expect(() => toStreamIterWriter({} as never)).toThrow(TypeError)
  })
})
