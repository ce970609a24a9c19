import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
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

  it('drains at the first Ctrl-C, and exits with 0', async () => {
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

  it('has drained in the time it says, whatever the work does, and keeps what is left', async () => {
    const args = ['run', `${flows}stuck.mjs`, '--for', '3s', '--drain-for', '2s', '--json', '--quiet', '--no-console']
    const { code, stdout, stderr } = await forebay(args)
    const { elapsedMs, ledger, balanced } = JSON.parse(stdout) as {
      elapsedMs: number
      ledger: Record<string, unknown>
      balanced: boolean
    }

    expect({ code, balanced }).toEqual({ code: 0, balanced: true })
    expect(ledger).toMatchObject({ out: 1000, inFlight: 0, dropped: {}, carriedOut: (ledger['in'] as number) - 1000 })
    expect(elapsedMs).toBeLessThan(6000)
    expect(stderr).toMatch(/^draining stuck, at most 2 s\n[\d,]+ of its records wait for the next run\n$/)
  })

  it('serves the console, metrics and the reason on loopback', async () => {
    let answers: Promise<[string, string, string]> | undefined
    const { code } = await forebay(
      ['run', `${flows}numbers.ts`, '--for', '4s', '--console=0', '--store', 'memory:'],
      (text) => {
        const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0]
        if (url === undefined || answers !== undefined) return
        answers = Promise.all([
          answer(`${url}/metrics`, 'forebay_'),
          answer(`${url}/api/why`, 'sentence'),
          answer(`${url}/api/queues`, '"stats"'),
        ])
      },
    )

    expect(code).toBe(0)
    const [metrics, why, queues] = (await answers) as [string, string, string]
    expect(metrics).toContain('forebay_')
    expect(why).toContain('sentence')
    expect(JSON.parse(queues)).toMatchObject({ mayWrite: false, queues: [{ stats: { dead: 0 } }] })
  })

  it('offers what plays beside a flow to the console when it is allowed to, and fails when a companion has', async () => {
    const args = ['run', `${flows}beside.mjs`, '--for', '2s', '--quiet', '--console=0']
    const commands: string[] = []
    let metrics = ''
    const tried = async (text: string): Promise<void> => {
      const [, url, token = ''] = /console {2}(http:\/\/127\.0\.0\.1:\d+\/)(?:\?token=(\S+))?/.exec(text) ?? []
      if (url === undefined) return
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const { status } = await fetch(`${url}api/commands/die`, { method: 'POST', headers, body: '{}' })
      const offered = await (await fetch(`${url}api/commands`, { headers })).text()
      commands.push(`${status} ${offered.trim()}`)
      metrics = await (await fetch(`${url}metrics`, { headers })).text()
    }
    let asked = false
    const onStderr = (text: string): void => {
      if (asked || !text.includes('console ')) return
      asked = true
      void tried(text)
    }
    const readOnly = await forebay(args, onStderr)
    asked = false
    const allowed = await forebay([...args, '--allow-commands'], onStderr)

    expect(commands).toEqual(['403 []', '200 [{"name":"die","title":"Die"}]'])
    expect(metrics).toContain('forebay_gate_level_asked_total{flow="flow",gate="calls",level="1"}')
    expect(readOnly.code).toBe(0)
    expect(readOnly.stderr).toContain('told to drain')
    expect(allowed.code).toBe(1)
    expect(allowed.stderr).toMatch(/\nbeside flow: the companion has died\n$/)
  })

  it('says so when the port of the console is taken, and takes the next', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const { code, stderr } = await forebay(['run', `${flows}beside.mjs`, '--for', '1s', '--quiet', `--console=${port}`])
    taken.close()

    expect(code).toBe(0)
    expect(stderr).toMatch(new RegExp(`console {2}http://127\\.0\\.0\\.1:\\d+/ \\(port ${port} is taken\\)\\n`))
  })

  it('says what failed, and exits with 1', async () => {
    const { code, stderr } = await forebay(['run', `${flows}failing.mjs`, '--no-console'])

    expect(code).toBe(1)
    expect(stderr).toMatch(/\nflow failed: two is not to my taste \(.*failing\.mjs:5:\d+\)\n$/)
    expect(stderr).toContain('alert firing [page] failed')
    expect(stderr).not.toContain('resolved')
  })

  it('says in one line that its store is in use, or cannot be written', async () => {
    const args = (store: string): string[] => ['run', `${flows}numbers.ts`, '--console=0', '--store', store]
    let second: Promise<Ended> | undefined
    const first = await forebay(args('disk:busy'), (text, kill) => {
      if (second !== undefined || !text.includes('console ')) return
      second = forebay(args('disk:busy')).finally(() => kill('SIGINT'))
    })
    const refused = (await second) as Ended
    writeFileSync(join(data, 'a-file'), '')
    const unwritable = await forebay(args('disk:a-file/queue'))

    expect(first.code).toBe(0)
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(/^forebay run: .*busy.*in use by process \d+ \(FOREBAY_UNAVAILABLE\)\n$/)
    expect(unwritable.code).toBe(1)
    expect(unwritable.stderr).toMatch(/^forebay run: the store disk:a-file.*ENOTDIR.* \(FOREBAY_UNAVAILABLE\)\n$/)
  })

  it.each(['flow.ts', 'flow.mjs'])('says once, and where, that %s does not compile', async (file) => {
    writeFileSync(join(data, file), '\n\nexport default [1, 2)\n')
    const { code, stderr } = await forebay(['run', file])

    expect(code).toBe(1)
    expect(stderr).toMatch(new RegExp(`^forebay run: ${file}:3:2\\d: Unexpected token.*\n$`))
  })

  it('says what a flow file refuses, and shows the stack to those who ask for it', async () => {
    writeFileSync(join(data, 'setting.mjs'), "throw new RangeError('RATE: expected a number, got abc')\n")
    const short = await forebay(['run', 'setting.mjs'])
    const long = await forebay(['run', 'setting.mjs', '--verbose'])

    expect(short).toMatchObject({
      code: 1,
      stderr: 'forebay run: RATE: expected a number, got abc (setting.mjs:1:7)\n',
    })
    expect(long.stderr).toMatch(/\n {4}at /)
  })

  it('tells whoever has not built it yet to do so', async () => {
    mkdirSync(join(data, 'unbuilt'))
    cpSync(bin, join(data, 'unbuilt/bin/forebay.js'))
    const child = spawn(process.execPath, [join(data, 'unbuilt/bin/forebay.js'), 'run'])
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    const code = await new Promise((resolve) => child.on('close', resolve))

    expect({ code, stderr }).toEqual({ code: 1, stderr: 'forebay: it has not been built: run npm run build first\n' })
  })

  it.each([
    [['run'], 'run', 'which file?'],
    [['run', 'no-such-file.ts'], 'run', 'there is no file no-such-file.ts'],
    [['run', `${flows}nothing.ts`], 'run', /default export/],
    [['run', `${flows}numbers.ts`, '--store', 'ftp://x'], 'run', /^--store: expected .*, got 'ftp:\/\/x'$/],
    [
      ['run', `${flows}numbers.ts`, '--webhook', 'here'],
      'run',
      "--webhook: expected an http: or https: address, got 'here'",
    ],
    [['run', `${flows}numbers.ts`, '--frobnicate'], 'run', "Unknown option '--frobnicate'"],
    [['rnu'], '', "there is no command 'rnu'; did you mean 'run'?"],
  ])('refuses %j in one line, says where to read on, and exits with 2', async (args, command, message) => {
    const { code, stdout, stderr } = await forebay(args)
    const name = command === '' ? 'forebay' : `forebay ${command}`
    const [first = '', ...rest] = stderr.split('\n')

    expect({ code, stdout, rest }).toEqual({ code: 2, stdout: '', rest: [`see ${name} --help`, ''] })
    expect(first.slice(0, name.length + 2)).toBe(`${name}: `)
    expect(first.slice(name.length + 2)).toEqual(message instanceof RegExp ? expect.stringMatching(message) : message)
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

  it('counts an item as what it is told to', async () => {
    const { code, stdout } = await forebay(['explain', `${flows}numbers.ts`, '--json', '--item-bytes', '2KiB'])
    const { parts, worstCase } = JSON.parse(stdout) as {
      parts: { items: number; durable: boolean }[]
      worstCase: { bytes: number; itemBytes: number }
    }

    expect(code).toBe(0)
    const items = parts.filter(({ durable }) => !durable).reduce((sum, part) => sum + part.items, 0)
    expect(worstCase).toMatchObject({ itemBytes: 2048, bytes: items * 2048 })
    expect((await forebay(['explain', `${flows}numbers.ts`, '--item-bytes', 'much'])).code).toBe(2)
  })

  it('refuses ways that wait for each other for good, as does run', async () => {
    const { code, stdout } = await forebay(['explain', `${flows}deadlock.ts`])
    expect(code).toBe(3)
    expect(stdout).toContain(
      'Deadlock: zip takes an item of each way of broadcast at a time; the way of batch takes 100',
    )

    const run = await forebay(['run', `${flows}deadlock.ts`, '--no-console', '--quiet'])
    expect(run.code).toBe(1)
    expect(run.stderr).toContain('FOREBAY_DEADLOCK')
  })

  it('exits with 3 when something is unbounded, and names it', async () => {
    const { code, stdout } = await forebay(['explain', `${flows}unbounded.ts`, '--json'])

    expect(code).toBe(3)
    expect((JSON.parse(stdout) as { unbounded: string[] }).unbounded).toHaveLength(1)
  })
})
