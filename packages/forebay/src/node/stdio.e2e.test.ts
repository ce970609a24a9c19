import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const entry = join(import.meta.dirname, '../../dist/node/index.js')

/** Runs `code`, which may use what forebay/node exports, as a process of its own. */
function start(code: string): ReturnType<typeof spawn> {
  const script = `import { readStdin, writeStdout, drainOnSignal } from ${JSON.stringify(entry)}\n${code}`
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'pipe' })
}

describe('standard input and output', () => {
  it('are a source and a sink of lines, and the process ends with them', async () => {
    const child = start(`await readStdin().map((line) => line.toUpperCase()).to(writeStdout()).run().done`)
    let output = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text))
    const lines = Array.from({ length: 20_000 }, (_, index) => `line é ${index}`)
    child.stdin?.end(lines.join('\n'))
    const [code] = (await once(child, 'close')) as [number]

    expect(code).toBe(0)
    expect(output).toBe(lines.map((line) => `${line.toUpperCase()}\n`).join(''))
  })

  it('do not keep a process alive that has had enough of them', async () => {
    const child = start(`console.log(await readStdin().first())`)
    child.stdin?.write('first\nsecond\n')
    const [code] = (await once(child, 'close')) as [number]

    expect(code).toBe(0)
  })

  it('drain at the first signal: what was read is written, and the process ends by itself', async () => {
    const child = start(`
      const run = readStdin().map((line) => 'got ' + line).to(writeStdout()).run()
      drainOnSignal(run, { onSignal: (action) => console.error(action) })
      await run.done
    `)
    let output = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.stdin?.write('one\n')
    await once(child.stdout as NodeJS.ReadableStream, 'data')
    child.kill('SIGINT')
    const [code] = (await once(child, 'close')) as [number]

    expect(code).toBe(0)
    expect(output).toBe('got one\n')
  })
})
