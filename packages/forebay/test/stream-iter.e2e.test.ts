import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { execute } from '../../../tools/execute.ts'
import { provideNode } from '../../../tools/packed/node-versions.ts'

const dist = pathToFileURL(join(import.meta.dirname, '../dist')).href
const node = await provideNode('26.10.0')

/** What the doors are for: `node:stream/iter` itself, which the Node that runs the tests need not have. */
const script = `
import { flow } from '${dist}/index.js'
import { fromStreamIter, toStreamIter, toStreamIterWriter } from '${dist}/interop/index.js'
import { from, pull, push, text } from 'node:stream/iter'
import { compressGzip, decompressGzip } from 'node:zlib/iter'

const decoder = new TextDecoder()
const seen = {}
seen.from = (await fromStreamIter(from('hello')).toArray(9)).map((chunk) => decoder.decode(chunk)).join('')
const lines = flow.range(1, 1000).map((n) => n + '\\n')
seen.to = (await text(toStreamIter(lines))).length
seen.ahead = (await text(toStreamIter(lines, { budget: '4KiB' }))).length
seen.transformed = (await text(pull(pull(toStreamIter(lines), compressGzip()), decompressGzip()))).length
seen.back = await fromStreamIter(pull(pull(toStreamIter(lines), compressGzip()), decompressGzip())).reduce((sum, chunk) => sum + chunk.length, 0)

const { writer, readable } = push({ budget: 16384 })
let written = 0
const done = flow.range(1, 100).tap(() => { written++ }).map(() => new Uint8Array(8192)).to(toStreamIterWriter(writer)).run().done
await new Promise((resolve) => setTimeout(resolve, 50))
seen.writtenUnread = written
let bytes = 0
for await (const batch of readable) for (const chunk of batch) bytes += chunk.length
seen.items = await done
seen.bytes = bytes

const broken = push()
const failed = flow([1]).map(() => { throw new Error('torn') }).to(toStreamIterWriter(broken.writer)).run().done.catch(({ message }) => message)
seen.failedReader = await text(broken.readable).catch(({ message }) => message)
seen.failedFlow = await failed
const left = push()
const leaving = flow.range(1, 1e6).map(() => new Uint8Array(1000)).to(toStreamIterWriter(left.writer)).run().done.catch((error) => error instanceof Error)
for await (const _ of left.readable) break
seen.left = await leaving
console.log(JSON.stringify(seen))
`

it.skipIf(node === undefined)('node:stream/iter comes in and goes out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-stream-iter-'))
  try {
    writeFileSync(join(folder, 'run.mjs'), script)
    const args = ['--experimental-stream-iter', '--disable-warning=ExperimentalWarning', 'run.mjs']
    const { exitCode, stdout, stderr } = await execute(node as string, args, { cwd: folder, withinMs: 60_000 })
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      from: 'hello',
      to: 3893,
      ahead: 3893,
      transformed: 3893,
      back: 3893,
      writtenUnread: 3,
      items: 100,
      bytes: 819_200,
      failedReader: 'torn',
      failedFlow: 'torn',
      left: true,
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
