import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const bin = fileURLToPath(new URL('../bin/forebay.js', import.meta.url))
const flows = fileURLToPath(new URL('flows/', import.meta.url))
const data = mkdtempSync(join(tmpdir(), 'forebay-cli-'))
afterAll(() => rmSync(data, { recursive: true, force: true }))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command; `onStderr` may send signals. */
function forebay(
  args: readonly string[],
  onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [bin, ...args], { cwd: data, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    const limit = setTimeout(() => child.kill('SIGKILL'), 40_000)
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
      onStderr?.(stderr, (signal) => child.kill(signal))
    })
    child.on('close', (code) => {
      clearTimeout(limit)
      resolve({ code, stdout, stderr })
    })
  })
}

/** What a page answers once it holds `text`: the first verdict of a run takes a second. */
async function answer(url: string, text: string): Promise<string> {
  for (let attempt = 0; attempt < 30; attempt++) {
    const body = await (await fetch(url)).text()
    if (body.includes(text)) return body
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return ''
}

describe('forebay run', () => {
  it('runs a TypeScript file for a while, drains, and prints one JSON object that balances', async () => {
    const { code, stdout, stderr } = await forebay([
      'run',
      `${flows}numbers.ts`,
      '--for',
      '2s',
      '--json',
      '--no-console',
    ])

    expect(stderr).toContain('draining')
    expect(code).toBe(0)
    const result = JSON.parse(stdout) as {
      flow: string
      elapsedMs: number
      balanced: boolean
      ledger: Record<string, number>
      memory: Record<string, number>
      verdict: { sentence: string }
      verdicts: unknown[]
    }
    expect(result.flow).toBe('numbers')
    expect(result.balanced).toBe(true)
    expect(result.ledger).toMatchObject({ carriedIn: 0, inFlight: 0, deadLettered: 0 })
    expect(result.ledger['out']).toBeGreaterThan(100)
    expect(result.memory['peakAnonBytes']).toBeGreaterThan(1e6)
    expect(result.verdict.sentence).not.toBe('')
    expect(result.verdicts).not.toHaveLength(0)
  })

  it('drains at the first Ctrl-C and aborts at the second', async () => {
    let sent = 0
    const drained = await forebay(
      ['run', `${flows}numbers.ts`, '--json', '--no-console', '--store', 'memory:'],
      (text, kill) => {
        if (sent === 0 && text.includes('why ')) {
          sent++
          kill('SIGINT')
        }
      },
    )

    expect(drained.code).toBe(0)
    expect((JSON.parse(drained.stdout) as { balanced: boolean }).balanced).toBe(true)
  })

  it('serves the console, metrics and the reason on loopback', async () => {
    let answers: Promise<[string, string]> | undefined
    const { code } = await forebay(
      ['run', `${flows}numbers.ts`, '--for', '4s', '--console=0', '--store', 'memory:'],
      (text) => {
        const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0]
        if (url === undefined || answers !== undefined) return
        answers = Promise.all([answer(`${url}/metrics`, 'forebay_'), answer(`${url}/api/why`, 'sentence')])
      },
    )

    expect(code).toBe(0)
    const [metrics, why] = (await answers) as [string, string]
    expect(metrics).toContain('forebay_')
    expect(why).toContain('sentence')
  })

  it('says what failed, and exits with 1', async () => {
    const { code, stderr } = await forebay(['run', `${flows}failing.mjs`, '--no-console'])

    expect(code).toBe(1)
    expect(stderr).toContain('two is not to my taste')
  })

  it.each([
    [['run'], 'which file'],
    [['run', 'no-such-file.ts'], 'there is no file'],
    [['run', `${flows}nothing.ts`], 'default export'],
    [['rnu'], "did you mean 'run'"],
  ])('refuses %j with exit code 2', async (args, message) => {
    const { code, stderr } = await forebay(args)

    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})

describe('forebay explain', () => {
  it('prints every bound and exits with 0 when all are bounded', async () => {
    const { code, stdout } = await forebay(['explain', `${flows}numbers.ts`])

    expect(code).toBe(0)
    expect(stdout).toContain('durable edge')
    expect(stdout).toContain('Worst case in memory')
    expect(stdout).toContain('Loss by policy: nowhere.')
  })

  it('exits with 3 when something is unbounded, and names it', async () => {
    const { code, stdout } = await forebay(['explain', `${flows}unbounded.ts`, '--json'])

    expect(code).toBe(3)
    expect((JSON.parse(stdout) as { unbounded: string[] }).unbounded).toHaveLength(1)
  })
})
