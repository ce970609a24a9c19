import { describe, expect, it } from 'vitest'
import { flow } from '../flow/sources.ts'
import { streamIterWriter } from './stream-iter-writer.ts'
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

describe('a writer of a stream of batches that feeds a flow', () => {
  const kilobyte = (n: number): Uint8Array => new Uint8Array(1024).fill(n)

  it('takes bytes up to its budget, and lets one write wait', async () => {
    const { writer, flow: fed } = streamIterWriter({ budget: '4KiB' })
    for (let n = 0; n < 4; n++) expect(writer.writeSync(kilobyte(n))).toBe(true)
    expect([writer.canWrite, writer.writeSync(kilobyte(9))]).toEqual([false, false])
    let isTaken = false
    const waiting = writer.write(kilobyte(4)).then(() => (isTaken = true))
    await expect(writer.write(kilobyte(9))).rejects.toThrow(RangeError)
    await new Promise(setImmediate)
    expect(isTaken).toBe(false)
    const items = fed.iterate()
    expect((await items.next()).value?.[0]).toBe(0)
    await waiting
    const ended = writer.end()
    const rest: number[] = []
    for await (const chunk of { [Symbol.asyncIterator]: () => items }) rest.push(chunk[0] as number)
    expect(rest).toEqual([1, 2, 3, 4])
    expect(await ended).toBe(5 * 1024)
    expect([writer.canWrite, writer.writeSync('late')]).toEqual([null, false])
    await expect(writer.write('late')).rejects.toMatchObject({ code: 'FOREBAY_CLOSED' })
  })

  it('drops as its policy says, and counts it', async () => {
    for (const [overflow, kept] of [
      ['drop-oldest', [2, 3, 4, 5]],
      ['drop-newest', [0, 1, 2, 3]],
    ] as const) {
      const { writer, flow: fed } = streamIterWriter({ budget: '4KiB', overflow })
      for (let n = 0; n < 6; n++) expect(writer.writeSync(kilobyte(n))).toBe(true)
      await writer.end()
      const seen: number[] = []
      const run = fed.to((chunk) => void seen.push(chunk[0] as number)).run()
      await run.done
      expect(seen).toEqual(kept)
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 6, out: 4, dropped: { [overflow]: 2 } } })
    }
    expect(() => streamIterWriter({ overflow: 'unbounded' as never })).toThrow(/^overflow/)
  })

  it('fails the flow, and takes nothing once that has ended', async () => {
    const torn = streamIterWriter()
    await torn.writer.writev(['a', '', 'b'])
    torn.writer.fail(new Error('torn'))
    await expect(torn.flow.toArray(9)).rejects.toThrow('torn')
    const left = streamIterWriter()
    left.writer.writeSync('a')
    expect((await left.flow.first()).length).toBe(1)
    await expect(left.writer.write('b')).rejects.toMatchObject({ code: 'FOREBAY_CLOSED' })
  })
})
