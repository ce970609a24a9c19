import { createServer } from 'node:http'
import { connect } from 'node:net'
import { VirtualClock } from 'forebay/testkit'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { syntheticSource } from '../test/synthetic-source.ts'
import { writePage } from './build/build-page.ts'
import { serveConsole } from './serve-console.ts'
import type { ConsoleOptions, RunningConsole } from './serve-console.ts'

const token = 'a-token-of-some-length'
const open: { close(): unknown }[] = []

beforeAll(writePage)
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function start(options: ConsoleOptions = {}): Promise<RunningConsole> {
  const clock = new VirtualClock()
  const source = syntheticSource(clock, 2000)
  const running = await serveConsole(source, { port: 0, clock, ...options })
  open.push(running, source)
  return running
}

/** Sends bytes as they are, which no HTTP client would, and gives the answer's first line. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.on('data', (chunk) => (answer += chunk.toString()))
    socket.on('close', () => resolve(answer.split('\r\n')[0] ?? ''))
    socket.on('error', reject)
  })
}

const get = (port: number, path: string, host = '127.0.0.1', more = ''): Promise<string> =>
  raw(port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${more}\r\n`)

test('refuses a Host that is not this machine, as a rebound name would be', async () => {
  const { port } = await start()

  for (const host of ['evil.example', 'evil.example:7788', '127.0.0.1.evil.example', 'localhost@evil', '10.0.0.7', ''])
    expect(await get(port, '/api/snapshot', host)).toMatch(/ (421|400) /)
  for (const host of ['localhost', `127.0.0.1:${port}`, '[::1]:80', '127.9.9.9'])
    expect(await get(port, '/api/snapshot', host)).toContain(' 200 ')
})

test('bounds what a request may bring', async () => {
  const { port } = await start({
    allowWrite: true,
    token,
    commands: [{ name: 'noop', title: 'Nothing', run: () => 'done' }],
  })
  const bearer = `Authorization: Bearer ${token}\r\n`

  expect(await get(port, `/${'x'.repeat(3000)}`)).toContain(' 414 ')
  expect(await get(port, '/', '127.0.0.1', `X-Long: ${'x'.repeat(20_000)}\r\n`)).not.toContain(' 200 ')
  const post = (length: number): Promise<string> =>
    raw(
      port,
      `POST /api/commands/noop HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${bearer}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n"${'x'.repeat(length - 2)}"`,
    )
  expect(await post(20_000)).toContain(' 413 ')
  expect(await post(200)).toContain(' 200 ')
})

test('takes the next port when its own is taken', async () => {
  const first = await start()
  const second = await start({ port: first.port })

  expect(second.port).toBeGreaterThan(first.port)
  expect((await fetch(second.url)).status).toBe(200)
})

test('says why it cannot listen on an address that is not its own', async () => {
  await expect(start({ host: '203.0.113.1', token })).rejects.toThrow('EADDRNOTAVAIL')
})

test('is open to other machines only with a token', async () => {
  await expect(start({ host: '0.0.0.0' })).rejects.toThrow(
    `token: expected one, because other machines can reach host '0.0.0.0'`,
  )
  await expect(start({ token: 'short' })).rejects.toThrow('token: expected at least 16 characters, got 5')
})

test('with a token, answers probes to anybody and the rest to who carries it', async () => {
  const { port, url } = await start({ token })
  const base = `http://127.0.0.1:${port}`

  expect((await fetch(`${base}/live`)).status).toBe(200)
  expect((await fetch(`${base}/ready`)).status).toBe(200)
  for (const path of ['/', '/api/snapshot', '/api/stream', '/metrics', '/?token=wrong'])
    expect((await fetch(base + path)).status).toBe(401)
  expect((await fetch(`${base}/api/why`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200)

  const admitted = await fetch(url, { redirect: 'manual' })
  const cookie = admitted.headers.get('set-cookie')!
  expect(admitted.status).toBe(303)
  expect(cookie).toMatch(/HttpOnly; SameSite=Strict/)
  expect((await fetch(base, { headers: { cookie: cookie.split(';')[0]! } })).status).toBe(200)
})

test('runs a command for its own page and for nobody else', async () => {
  let ran = 0
  const commands = [{ name: 'slow', title: 'Slow it down', run: () => void ran++ }]
  const { port } = await start({ allowWrite: true, token, commands })
  const url = `http://127.0.0.1:${port}/api/commands`
  const post = (headers: Record<string, string>, name = 'slow'): Promise<Response> =>
    fetch(`${url}/${name}`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json', ...headers } })
  const authorization = `Bearer ${token}`

  expect((await post({})).status).toBe(401)
  expect((await post({ authorization, origin: 'http://evil.example' })).status).toBe(403)
  expect((await post({ authorization, 'content-type': 'text/plain' })).status).toBe(415)
  expect((await post({ authorization }, 'unknown')).status).toBe(404)
  expect(ran).toBe(0)
  expect((await post({ authorization, origin: `http://127.0.0.1:${port}` })).status).toBe(200)
  expect(ran).toBe(1)
})

test('is read-only unless it was told otherwise', async () => {
  const { url } = await start({ commands: [{ name: 'slow', title: 'Slow it down', run: () => undefined }] })

  expect(await (await fetch(`${url}api/commands`)).json()).toEqual([])
  expect((await fetch(`${url}api/commands/slow`, { method: 'POST' })).status).toBe(403)
  for (const path of ['', 'api/snapshot', 'api/stream', 'metrics'])
    expect((await fetch(url + path, { method: 'POST' })).status).toBe(405)
})

test('gives the page with its policy, the samples, the sentence and the metrics it was given', async () => {
  const { url } = await start({ metrics: () => 'forebay_up 1\n' })

  const page = await fetch(url)
  expect(page.headers.get('content-security-policy')).toContain(`default-src 'none'`)
  expect(page.headers.get('x-content-type-options')).toBe('nosniff')
  expect(await page.text()).toMatch(/^<!doctype html>/)
  expect(await (await fetch(`${url}api/snapshot`)).json()).toMatchObject([{ version: 1, flow: 'flights' }])
  expect(await (await fetch(`${url}api/why`)).json()).toMatchObject([{ run: 'r1', sentence: expect.any(String) }])
  expect(await (await fetch(`${url}metrics`)).text()).toBe('forebay_up 1\n')
  expect((await fetch(`${url}nothing`)).status).toBe(404)
})

test('is not ready while it drains', async () => {
  const clock = new VirtualClock()
  const source = syntheticSource(clock, 2000)
  const draining = {
    ...source,
    snapshots: () => source.snapshots().map((one) => ({ ...one, state: 'draining' as const })),
  }
  const running = await serveConsole(draining, { port: 0, clock })
  open.push(running, source)

  expect((await fetch(`${running.url}ready`)).status).toBe(503)
  expect((await fetch(`${running.url}live`)).status).toBe(200)
})

test('closes at once with a request under way, and closing twice is fine', async () => {
  const running = await start()
  const stream = await fetch(`${running.url}api/stream`)

  await running.close()
  await running.close()

  await expect(stream.text()).resolves.toContain('event: frame')
  await expect(fetch(running.url)).rejects.toThrow()
  const again = createServer()
  await new Promise<void>((resolve) => void again.listen(running.port, '127.0.0.1', resolve))
  await new Promise((resolve) => again.close(resolve))
})

test('makes up a token when it may write and was given none', async () => {
  const { port, url } = await start({ allowWrite: true })

  expect(url).toMatch(/\?token=[\w-]{24}$/)
  expect((await fetch(`http://127.0.0.1:${port}/api/commands`)).status).toBe(401)
  expect((await fetch(url, { redirect: 'manual' })).status).toBe(303)
})
