import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { load, type LoadResult } from '@forebay/cli/load'
import { chromium } from 'playwright-core'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { requireService } from '../../../tools/services/require-service.ts'

const browserProgram = await requireService('chromium')
const bin = fileURLToPath(new URL('../bin/forebay.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'forebay-load-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const options = { cwd: folder, timeout: 60_000, maxBuffer: 2 ** 24 }
    execFile(process.execPath, [bin, 'load', ...args], options, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    )
  })
}

const parsed = (stdout: string): LoadResult => JSON.parse(stdout) as LoadResult

describe('forebay load', () => {
  it('sends what was planned to a real server, keeps its connections, and accounts for all of it', async () => {
    const seen = { tenants: new Map<string, number>(), methods: new Set<string>(), sockets: new Set<unknown>() }
    const url = await serve((request, response) => {
      const tenant = String(request.headers['x-tenant'])
      seen.tenants.set(tenant, (seen.tenants.get(tenant) ?? 0) + 1)
      seen.methods.add(
        `${request.method} ${request.url} ${String(request.headers['x-level'])} ${String(request.headers['a'])}`,
      )
      seen.sockets.add(request.socket)
      request.resume().on('end', () => setTimeout(() => response.end('x'.repeat(2000)), 5))
    })
    const { code, stdout } = await run(
      `${url}path?q=1`,
      ...'--rate 200/s --for 2s --even --warm-up 1s --tenants a=3,b=1 --levels 2=1 --deadline 1s --body {}'.split(' '),
      ...'--header a:b --connections 100 --json --quiet'.split(' '),
    )
    const { total, tenants, levels, answers } = parsed(stdout)

    expect(code).toBe(0)
    expect(total).toMatchObject({ offered: 400, sent: 400, ok: 400, saturated: 0 })
    expect(total.latency?.p50).toBeGreaterThan(4)
    expect(answers).toMatchObject({ '200': { count: 400 } })
    expect([...seen.methods]).toEqual(['POST /path?q=1 2 b'])
    expect(seen.sockets.size).toBeLessThanOrEqual(100)
    expect(seen.tenants.get('a')).toBeGreaterThanOrEqual(tenants['a']?.ok ?? 0)
    expect(tenants['a']?.okShare).toBe(1)
    expect(Math.abs((tenants['a']?.offered ?? 0) - 300)).toBeLessThan(45)
    expect(levels['2']?.offered).toBe(400)
  })

  it('shows a stall of one second in its percentiles, and never has more connections than it may', async () => {
    let [open, most] = [0, 0]
    let begun: number | undefined
    const url = await serve((_, response) => {
      begun ??= performance.now()
      const at = performance.now() - begun
      setTimeout(() => response.end('ok'), at > 1000 && at < 2000 ? 2000 - at : 1)
    })
    servers[0]!.on('connection', (socket) => {
      most = Math.max(most, ++open)
      socket.on('close', () => open--)
    })
    const wide = await load({ url, arrivals: 'even', phases: [{ for: '3s', rate: '100/s' }] }).done
    begun = undefined
    most = open = 0
    const narrow = await load({ url, arrivals: 'even', connections: 10, phases: [{ for: '3s', rate: '100/s' }] }).done

    expect(wide.total).toMatchObject({ offered: 300, ok: 300, saturated: 0 })
    expect(wide.total.latency?.p50).toBeLessThan(300)
    expect(wide.total.latency?.p90).toBeGreaterThan(500)
    expect(wide.total.latency?.p99).toBeGreaterThan(850)
    expect(narrow.total.saturated).toBeGreaterThan(60)
    expect(narrow.total.ok + narrow.total.saturated).toBe(300)
    expect(most).toBeLessThanOrEqual(10)
  })

  it('gives up at the deadline and hangs up, and goes on to count what is refused or broken', async () => {
    let hungUp = 0
    let turn = 0
    const url = await serve((request, response) => {
      const kind = turn++ % 4
      if (kind === 0) response.on('close', () => hungUp++)
      else if (kind === 1) response.writeHead(503, { 'retry-after': '0' }).end()
      else if (kind === 2) request.socket.destroy()
      else response.end(request.headers['x-deadline'])
    })
    const { total, answers, retryAfter } = await load({
      url,
      arrivals: 'even',
      deadline: '300ms',
      phases: [{ for: '2s', rate: '40/s' }],
    }).done
    await sleep(50)

    expect(total).toMatchObject({ offered: 80, ok: 20, shed: 20, failed: 20, timedOut: 20 })
    expect(hungUp).toBe(20)
    expect(Object.keys(answers)).toEqual(['200', '503', 'UND_ERR_SOCKET', 'timeout'])
    expect(retryAfter.told).toBe(20)
  })

  it('reads a plan from a file, and writes a report and everything as JSON', async () => {
    const url = await serve((_, response) => response.end())
    const plan = {
      url,
      seed: 5,
      phases: [
        { name: 'up', for: '1s', rate: '20/s', to: '60/s' },
        { name: 'burst', for: '1s', rate: '20/s', burst: { every: '500ms', size: 10 } },
      ],
    }
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan))
    writeFileSync(
      join(folder, 'plan.ts'),
      `export const plan = ${JSON.stringify({ ...plan, arrivals: 'even' })} as const`,
    )
    const fromJson = await run('--plan', 'plan.json', '--out', 'report.html', '--out', 'all.json')
    const fromModule = await run('--plan', 'plan.ts', '--json', '--quiet')

    expect(fromJson.stdout).toMatch(/^phase burst /m)
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toMatch(/^<!doctype html>[^]*<\/html>\n$/)
    expect(parsed(readFileSync(join(folder, 'all.json'), 'utf8'))).toMatchObject({ seed: 5 })
    expect(parsed(fromModule.stdout).phases.map(({ offered }) => offered)).toEqual([40, 40])
  })

  it('exits with 3 when it is not as expected, with 4 when nobody answers, with 2 when it is misused', async () => {
    const url = await serve((_, response) => setTimeout(() => response.end(), 30))
    const slow = await run(url, '--rate', '50/s', '--for', '1s', '--expect', 'p50<20ms,ok>=0.5', '--quiet')
    const fine = await run(url, '--rate', '50/s', '--for', '1s', '--expect', 'ok>=0.5', '--quiet')
    servers[0]!.close().closeAllConnections()
    await once(servers[0]!, 'close')
    const nobody = await run(url, '--rate', '50/s', '--for', '1s', '--quiet')
    const remote = await run('http://example.com/', '--rate', '50/s', '--for', '1s')
    const misspelt = await run(url, '--rate', 'fast', '--for', '1s')

    expect([slow.code, fine.code, nobody.code, remote.code, misspelt.code]).toEqual([3, 0, 4, 2, 2])
    expect(slow.stderr).toMatch(/^not as expected: p50<20ms: it is \d+ ms$/m)
    expect(nobody.stderr).toContain('FOREBAY_UNAVAILABLE')
    expect(remote.stderr).toContain('--yes-i-may')
    expect(misspelt.stderr).toContain('phases[0].rate: expected a rate')
  })

  it('ends with a report at Ctrl-C, of what was sent until then', async () => {
    const url = await serve((_, response) => setTimeout(() => response.end(), 20))
    const child = spawn(process.execPath, [bin, 'load', url, '--rate', '100/s', '--for', '1h', '--json'])
    let stdout = ''
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    for (let i = 0; i < 200 && !String(child.stderr.read() ?? '').includes('ok '); i++) await sleep(100)
    child.kill('SIGINT')
    const [code] = (await once(child, 'close')) as [number]
    const { total, isInterrupted, playedMs } = parsed(stdout)

    expect({ code, isInterrupted }).toEqual({ code: 0, isInterrupted: true })
    expect(playedMs).toBeLessThan(60_000)
    expect(total.ok).toBeGreaterThan(20)
    expect(total.ok).toBe(total.offered)
  })
})

describe.skipIf(!browserProgram.available)('the report of forebay load', () => {
  it.each([
    ['dark', 1440],
    ['light', 1440],
    ['dark', 390],
    ['light', 390],
  ] as const)(
    'fits a %s screen of %i px, asks the network for nothing, and has no errors',
    async (colorScheme, width) => {
      const url = await serve((request, response) => {
        const isRefused = request.headers['x-tenant'] === 'noisy' && Math.abs(Math.sin(performance.now())) > 0.5
        setTimeout(() => response.writeHead(isRefused ? 429 : 200).end(), isRefused ? 1 : 10)
      })
      const file = join(folder, `report-${colorScheme}-${width}.html`)
      const args = ['--rate', '100/s', '--for', '1s', '--tenants', 'noisy=2,quiet=1', '--out', file, '--quiet']
      expect((await run(url, ...args)).code).toBe(0)
      const browser = await chromium.launch({
        executablePath: browserProgram.path,
        args: ['--no-sandbox', '--disable-gpu'],
      })
      try {
        const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
        const complaints: string[] = []
        page.on('console', (message) => complaints.push(message.text()))
        page.on('pageerror', (error) => complaints.push(String(error)))
        page.on('request', (request) => {
          if (!request.url().startsWith('file:')) complaints.push(request.url())
        })
        await page.goto(`file://${file}`)
        const look = await page.evaluate(`({
        overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        charts: document.querySelectorAll('svg').length,
        ground: getComputedStyle(document.body).backgroundColor,
      })`)

        expect(look).toEqual({
          overflow: 0,
          charts: 5,
          ground: colorScheme === 'dark' ? 'rgb(13, 17, 23)' : 'rgb(255, 255, 255)',
        })
        expect(complaints).toEqual([])
      } finally {
        await browser.close()
      }
    },
  )
})
