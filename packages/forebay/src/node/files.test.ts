import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { flow } from '../flow/sources.ts'
import { readFile, readLines } from './read-lines.ts'
import { writeFile } from './write-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-files-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** How many descriptors of this process point at `path`; `undefined` where the system does not tell. */
function openCount(path: string): number | undefined {
  try {
    const links = readdirSync('/proc/self/fd').map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`)
      } catch {
        return ''
      }
    })
    return links.filter((link) => link === path).length
  } catch {
    return undefined
  }
}

async function closed(path: string): Promise<void> {
  if (openCount(path) === undefined) return
  await vi.waitFor(() => expect(openCount(path)).toBe(0), { interval: 1 })
}

describe('readLines', () => {
  it('reads a path, a URL and a gzipped file, as often as the flow is run', async () => {
    const path = join(folder, 'a.txt')
    writeFileSync(path, 'one\ntwo\n')
    writeFileSync(`${path}.gz`, Buffer.concat([gzipSync('one\n'), gzipSync('two\n')]))
    const lines = readLines(path)

    expect(await lines.toArray(9)).toEqual(['one', 'two'])
    expect(await lines.toArray(9)).toEqual(['one', 'two'])
    expect(await readLines(pathToFileURL(path)).toArray(9)).toEqual(['one', 'two'])
    expect(await readLines(`${path}.gz`).toArray(9)).toEqual(['one', 'two'])
    await closed(path)
  })

  it('fails when the file is not there, or not whole', async () => {
    const path = join(folder, 'a.gz')
    const whole = gzipSync('one\ntwo\n'.repeat(10_000))
    writeFileSync(path, whole.subarray(0, whole.length - 12))

    await expect(readLines(join(folder, 'none')).count()).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(readLines(path).count()).rejects.toThrow('unexpected end of file')
    await closed(path)
  })

  it('closes the file once it has had enough, gzipped or not', async () => {
    for (const path of [join(folder, 'a.txt'), join(folder, 'a.txt.gz')]) {
      const text = 'a line of some length\n'.repeat(200_000)
      writeFileSync(path, path.endsWith('.gz') ? gzipSync(text) : text)

      expect(await readLines(path).take(3).count()).toBe(3)
      await closed(path)
    }
  })

  it('closes the file when the run is cancelled while it is being opened', async () => {
    const path = join(folder, 'a.txt')
    writeFileSync(path, 'one\n'.repeat(1000))
    const run = readLines(path)
      .to(() => {})
      .run()
    run.cancel('changed my mind')

    await expect(run.done).rejects.toMatchObject({ code: 'FOREBAY_CANCELLED' })
    await closed(path)
  })

  it('gives up a stream that never answers when the run is cancelled', async () => {
    const silent = new PassThrough()
    const run = readLines(silent)
      .to(() => {})
      .run()
    await new Promise(setImmediate)
    run.cancel()

    await expect(run.done).rejects.toMatchObject({ code: 'FOREBAY_CANCELLED' })
    await vi.waitFor(() => expect(silent.destroyed).toBe(true))
  })

  it('hands on what it has read when the run is drained', async () => {
    const stream = new PassThrough()
    const seen: string[] = []
    let goOn = (): void => {}
    const held = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const run = readLines(stream)
      .to((line) => {
        seen.push(line)
        return held
      })
      .run()
    stream.write('a\nb\nc\nhalf a li')
    await vi.waitFor(() => expect(seen).toEqual(['a']))
    const drained = run.drain()
    goOn()
    await drained

    expect(seen).toEqual(['a', 'b', 'c'])
    expect(await run.done).toBe(3)
    expect(stream.destroyed).toBe(true)
  })

  it('reads a stream once, and says so the second time', async () => {
    const lines = readLines(Readable.from([Buffer.from('a\nb'), Buffer.from('c\n')]))

    expect(await lines.toArray(9)).toEqual(['a', 'bc'])
    await expect(lines.toArray(9)).rejects.toMatchObject({ code: 'FOREBAY_ALREADY_RUN' })
  })

  it('names the line that is too long', async () => {
    const path = join(folder, 'a.txt')
    writeFileSync(path, `short\n${'x'.repeat(2000)}\n`)

    await expect(readLines(path, { maxLineBytes: '1KiB' }).count()).rejects.toMatchObject({
      code: 'FOREBAY_TOO_LARGE',
      message: `${path}: line 2 is longer than 1024 bytes`,
    })
    expect(() => readLines(path, { maxLineBytes: 0 })).toThrow(RangeError)
    expect(() => readLines(7 as never)).toThrow(TypeError)
  })

  it('tells explain how much it reads ahead', () => {
    const { parts } = readLines('a.txt', { maxLineBytes: 1000 })
      .to(() => {})
      .explain()

    expect(parts).toContainEqual(expect.objectContaining({ kind: 'source', bytes: 256 * 1024 + 1000 }))
  })
})

describe('readFile', () => {
  it('reads chunks of the size it is told', async () => {
    const path = join(folder, 'bytes')
    writeFileSync(path, Buffer.alloc(2500, 7))

    expect(
      await readFile(path, { chunkBytes: 1000 })
        .map((chunk) => chunk.length)
        .toArray(9),
    ).toEqual([1000, 1000, 500])
  })
})

describe('writeFile', () => {
  const path = (): string => join(folder, 'out.txt')

  it('writes everything in order, whatever the buffer, and waits for the disk', async () => {
    const lines = Array.from({ length: 5000 }, (_, index) => `line ${index}`)
    for (const bufferBytes of [1, 100, 65_536]) {
      await flow(lines)
        .to(writeFile(path(), { lines: true, bufferBytes, sync: true }))
        .run().done

      expect(readFileSync(path(), 'utf8')).toBe(lines.map((line) => `${line}\n`).join(''))
    }
    await closed(path())
  })

  it('keeps order with several writes at once', async () => {
    await flow
      .range(1, 3000)
      .map((n) => `${n},`)
      .to(writeFile(path(), { bufferBytes: 16 }), { concurrency: 8 })
      .run().done

    const written = readFileSync(path(), 'utf8').split(',').slice(0, -1).map(Number)
    expect(written).toEqual(Array.from({ length: 3000 }, (_, index) => index + 1))
  })

  it('replaces, appends, or makes an empty file', async () => {
    await flow(['a']).to(writeFile(path())).run().done
    await flow([Buffer.from('b')])
      .to(writeFile(path(), { append: true }))
      .run().done
    expect(readFileSync(path(), 'utf8')).toBe('ab')
    await flow<string>([]).to(writeFile(path())).run().done
    expect(readFileSync(path(), 'utf8')).toBe('')
  })

  it('leaves the old file alone until an atomic one is whole, and after a failure for good', async () => {
    writeFileSync(path(), 'old')
    const failing = flow.range(1, 100_000).map((n) => {
      if (n === 90_000) throw new Error('late')
      return `${n}\n`
    })
    await expect(failing.to(writeFile(path(), { atomic: true })).run().done).rejects.toThrow('late')
    await vi.waitFor(() => expect(readdirSync(folder)).toEqual(['out.txt']))
    expect(readFileSync(path(), 'utf8')).toBe('old')

    await flow(['new'])
      .to(writeFile(path(), { atomic: true }))
      .run().done
    expect(readFileSync(path(), 'utf8')).toBe('new')
    expect(readdirSync(folder)).toEqual(['out.txt'])
  })

  it('closes the file when the run is cancelled', async () => {
    const run = flow
      .range(1, 1e9)
      .map((n) => `${n}\n`)
      .to(writeFile(path()))
      .run()
    await vi.waitFor(() => expect(readdirSync(folder)).toHaveLength(1))
    run.cancel()

    await expect(run.done).rejects.toMatchObject({ code: 'FOREBAY_CANCELLED' })
    await closed(path())
  })

  it('fails the flow when the file cannot be opened, and when an item is neither text nor bytes', async () => {
    await expect(
      flow(['a'])
        .to(writeFile(join(folder, 'no', 'such')))
        .run().done,
    ).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(
      flow([7])
        .to(writeFile(path()) as never)
        .run().done,
    ).rejects.toThrow('expected text or bytes, got 7')
    expect(() => writeFile(path(), { append: true, atomic: true })).toThrow(RangeError)
  })
})
