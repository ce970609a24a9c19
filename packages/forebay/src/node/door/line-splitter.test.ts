import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LineError, LineSplitter } from './line-splitter.ts'

function linesOf(chunks: readonly Buffer[], maxLineBytes = 1000): string[] {
  const splitter = new LineSplitter(maxLineBytes)
  const lines: string[] = []
  const drain = (): void => {
    for (let line = splitter.next(); line !== undefined; line = splitter.next()) lines.push(line)
  }
  for (const chunk of chunks) {
    splitter.push(chunk)
    drain()
  }
  splitter.end()
  drain()
  return lines
}

function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((n) => n % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end))
}

describe('LineSplitter', () => {
  it('gives the same lines however the bytes are cut, with characters of up to four bytes', () => {
    const text = fc.stringMatching(/^[a-zäß漢🛫]{1,20}$/u)
    const ending = fc.constantFrom('\n', '\r\n', '\n\n', '\r\n \n')
    fc.assert(
      fc.property(fc.array(fc.tuple(text, ending)), fc.array(fc.nat()), (parts, cuts) => {
        const bytes = Buffer.from(parts.map(([line, end]) => line + end).join(''))
        expect(linesOf(cut(bytes, cuts))).toEqual(parts.map(([line]) => line))
      }),
    )
  })

  it('takes the last line without a newline', () => {
    expect(linesOf([Buffer.from('a\nb')])).toEqual(['a', 'b'])
  })

  it('numbers lines with the blank ones', () => {
    const splitter = new LineSplitter(10)
    splitter.push(Buffer.from('\n\r\n  \nx\n'))
    expect(splitter.next()).toBe('x')
    expect(splitter.line).toBe(4)
  })

  it.each([
    ['in one chunk', [Buffer.from('ok\n12345678901\n')]],
    ['over several chunks', [Buffer.from('ok\n123456'), Buffer.from('78901')]],
  ])('refuses a line over the limit, by its number, as soon as it is over: %s', (_, chunks) => {
    let thrown: unknown
    try {
      linesOf(chunks, 10)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(LineError)
    expect(thrown).toMatchObject({ kind: 'too-long', line: 2 })
  })

  it('takes a line of exactly the limit, not counting its ending', () => {
    expect(linesOf([Buffer.from('1234567890\r\n')], 10)).toEqual(['1234567890'])
  })

  it('refuses bytes that are not UTF-8', () => {
    expect(() => linesOf([Buffer.from([0x61, 0x0a, 0xff, 0x0a])])).toThrow(
      expect.objectContaining({ kind: 'malformed', line: 2 }),
    )
  })

  it('holds no more than an unfinished line', () => {
    const splitter = new LineSplitter(100)
    splitter.push(Buffer.from('a\n'.repeat(10_000) + 'rest'))
    while (splitter.next() !== undefined);
    expect(splitter.heldBytes).toBe(4)
  })
})
