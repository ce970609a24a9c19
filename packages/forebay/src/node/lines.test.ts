import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linesOf } from './lines.ts'

async function* chunksOf(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0
  for (const size of sizes) {
    yield bytes.subarray(at, at + size)
    at += size
  }
  yield bytes.subarray(at)
}

async function read(text: string, sizes: readonly number[], maxLineBytes = 1024): Promise<string[]> {
  const lines: string[] = []
  for await (const part of linesOf(chunksOf(Buffer.from(text), sizes), { maxLineBytes, name: 'test' }))
    lines.push(...part)
  return lines
}

describe('lines', () => {
  it('are the same however the bytes are cut, in the middle of a character as well', async () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀', ' '), maxLength: 8 })
    const sizes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 12 }),
        sizes,
        fc.constantFrom('\n', '\r\n'),
        async (lines, cut, end) => {
          expect(await read(lines.map((text) => text + end).join(''), cut)).toEqual(lines)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('may lack an end at the end, and begin with a byte-order mark', async () => {
    expect(await read('\uFEFFa\nb', [1, 1, 1])).toEqual(['a', 'b'])
    expect(await read('\uFEFFa', [])).toEqual(['a'])
    expect(await read('', [])).toEqual([])
    expect(await read('\n\na\n', [])).toEqual(['', '', 'a'])
  })

  it('may be as long as the limit and no longer, wherever the bytes are cut', async () => {
    const text = `first\n${'é'.repeat(8)}\nlast\n`
    for (let size = 1; size <= text.length + 8; size++) {
      const sizes = Array.from({ length: 40 }, () => size)
      expect(await read(text, sizes, 16)).toEqual(['first', 'é'.repeat(8), 'last'])
      await expect(read(text, sizes, 15)).rejects.toThrow('line 2 is longer than 15 bytes')
    }
  })

  it('that came before one that is too long are handed on', async () => {
    const seen: string[] = []
    const reading = async (): Promise<void> => {
      const lines = linesOf(chunksOf(Buffer.from(`a\nb\n${'x'.repeat(99)}\nc\n`), []), {
        maxLineBytes: 20,
        name: 'test',
      })
      for await (const part of lines) seen.push(...part)
    }

    await expect(reading()).rejects.toMatchObject({ code: 'FOREBAY_TOO_LARGE' })
    expect(seen).toEqual(['a', 'b'])
  })

  it('hold no more than the limit and a chunk of a line that never ends', async () => {
    let given = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        given += 1000
        yield new Uint8Array(1000).fill(65)
      }
    }
    const reading = async (): Promise<void> => {
      for await (const part of linesOf(endless(), { maxLineBytes: 10_000, name: 'test' })) expect(part).toEqual([])
    }

    await expect(reading()).rejects.toThrow('line 1 is longer')
    expect(given).toBe(11_000)
  })
})
