import { once } from 'node:events'
import { get, request } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { limit, rate } from 'forebay/gates'
import type { Gate } from 'forebay/gates'
import { afterEach, describe, expect, it } from 'vitest'
import { HeldApp } from '../app.ts'
import {
  serveExpress,
  serveFastify,
  serveFastifyOfNest,
  serveHono,
  serveKoa,
  serveNest,
  serveNestOnFastify,
  serveNode,
} from '../servers.ts'
import type { Serve, Served } from '../servers.ts'

let server: Served | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`never: ${condition.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

async function start(serve: Serve, gate: Gate): Promise<{ url: string; port: number; app: HeldApp }> {
  const app = new HeldApp()
  server = await serve(gate, app)
  return { url: server.url, port: server.port, app }
}

/** A request whose connection is its own, so that its abort is seen as such. */
function own(url: string): ClientRequest {
  const sent = get(url, { agent: false })
  sent.on('error', () => {})
  return sent
}

const frameworks: [name: string, serve: Serve, inherits: boolean][] = [
  ['node:http', serveNode, true],
  ['Express', serveExpress, true],
  ['Fastify', serveFastify, true],
  ['Koa', serveKoa, true],
  ['Hono', serveHono, true],
  ['NestJS', serveNest, false],
  ['NestJS on Fastify', serveNestOnFastify, false],
  ['Fastify below NestJS', serveFastifyOfNest, true],
]

describe.each(frameworks)('a gate in front of %s', (_name, serve) => {
  it('serves what it may, lets some wait, and sheds the rest with headers and problem details', async () => {
    const gate = limit(2, { name: 'pages', line: { max: 1, hold: '10s' } })
    const { url, app } = await start(serve, gate)
    const first = [fetch(`${url}/work`), fetch(`${url}/work`), fetch(`${url}/work`)]
    await until(() => app.running === 2 && gate.stats.waiting === 1)
    const shed = await fetch(`${url}/work`, { headers: { 'x-level': '3' } })
    expect(shed.status).toBe(503)
    expect(shed.headers.get('content-type')).toContain('application/problem+json')
    expect(Number(shed.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(shed.headers.get('ratelimit-policy')).toBe('"pages";q=2;qu="concurrent-requests"')
    expect(shed.headers.get('ratelimit')).toBe('"pages";r=0')
    expect(await shed.json()).toMatchObject({ status: 503, reason: 'line', gate: 'pages', level: 3 })
    expect(app.calls).toBe(2)
    app.go()
    await until(() => app.calls === 3)
    app.go()
    for (const response of await Promise.all(first))
      expect([response.status, await response.text()]).toEqual([200, 'done'])
    await until(() => gate.stats.inUse === 0)
    expect(gate.stats).toMatchObject({ admitted: 3, waiting: 0, zombies: 0, sheds: { line: 1 } })
  })

  it('answers 429 for a rate', async () => {
    const gate = rate({ limit: 1, per: '1m', burst: 1, line: 0, name: 'quota' })
    const { url, app } = await start(serve, gate)
    const first = fetch(`${url}/work`)
    await until(() => app.running === 1)
    const shed = await fetch(`${url}/work`)
    expect(shed.status).toBe(429)
    expect(Number(shed.headers.get('retry-after'))).toBeGreaterThan(50)
    expect(await shed.json()).toMatchObject({ 'violated-policies': ['quota'] })
    app.go()
    expect((await first).status).toBe(200)
  })

  it('takes a client that goes while it waits out of the line at once', async () => {
    const gate = limit(1, { line: { max: 10, hold: '10s' } })
    const { url, app } = await start(serve, gate)
    const first = fetch(`${url}/work`)
    await until(() => app.running === 1)
    const waiting = [own(`${url}/work`), own(`${url}/work`)]
    await until(() => gate.stats.waiting === 2)
    for (const each of waiting) each.destroy()
    await until(() => gate.stats.waiting === 0)
    app.go()
    await (await first).text()
    await until(() => gate.stats.inUse === 0)
    expect(app.calls).toBe(1)
    expect(gate.stats.sheds).toEqual({ aborted: 2 })
  })

  it('counts work whose client has gone until it has ended', async () => {
    const gate = limit(1, { line: { max: 10, hold: '10s' } })
    const { url, app } = await start(serve, gate)
    const gone = own(`${url}/work`)
    await until(() => app.running === 1)
    gone.destroy()
    await until(() => gate.stats.zombies === 1)
    expect(gate.stats.inUse).toBe(1)
    app.go()
    await until(() => gate.stats.inUse === 0)
    expect(gate.stats.zombies).toBe(0)
  })

  it('gives it back when the handler throws', async () => {
    const gate = limit(1, { line: 0 })
    const { url } = await start(serve, gate)
    expect((await fetch(`${url}/boom`)).status).toBe(500)
    await until(() => gate.stats.inUse === 0)
  })

  it('lets a slow reader hold its permit until the last byte, or until it goes', async () => {
    const gate = limit(2, { line: 0 })
    const { url } = await start(serve, gate)
    const responses = await Promise.all(
      [own(`${url}/stream`), own(`${url}/stream`)].map(async (sent) => {
        const [response] = (await once(sent, 'response')) as [IncomingMessage]
        return response.pause()
      }),
    )
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(gate.stats.inUse).toBe(2)
    expect((await fetch(`${url}/work`)).status).toBe(503)
    let count = 0
    for await (const chunk of responses[0]!) count += (chunk as Buffer).length
    expect(count).toBe(64 * 1024 * 1024)
    await until(() => gate.stats.inUse === 1)
    responses[1]!.destroy()
    await until(() => gate.stats.inUse === 0)
  })

  it('counts a HEAD, which has no body', async () => {
    const gate = limit(1, { line: 0 })
    const { url, app } = await start(serve, gate)
    const response = fetch(`${url}/work`, { method: 'HEAD' })
    await until(() => app.running === 1)
    expect(gate.stats.inUse).toBe(1)
    app.go()
    expect((await response).status).toBe(200)
    await until(() => gate.stats.inUse === 0)
  })

  it('keeps its count with pipelined requests, answered or cut off', async () => {
    const gate = limit(3, { line: { max: 10, hold: '10s' } })
    const { port, app } = await start(serve, gate)
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk) => (text += String(chunk)))
    const line = 'GET /work HTTP/1.1\r\nHost: localhost\r\n\r\n'
    socket.write(line.repeat(5))
    await until(() => app.running >= 1)
    while (text.split('done').length <= 5) {
      app.go()
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await until(() => gate.stats.inUse === 0)
    socket.write(line.repeat(4))
    await until(() => gate.stats.inUse >= 1)
    await new Promise((resolve) => setTimeout(resolve, 50))
    socket.destroy()
    await until(() => gate.stats.waiting === 0)
    await until(() => {
      app.go()
      return gate.stats.inUse === 0
    })
    expect(app.most).toBeLessThanOrEqual(3)
  })

  it('stays within its bounds with a thousand connections, and answers every one', async () => {
    const gate = limit(10, { line: { max: 40, hold: '20s' } })
    const { url, app } = await start(serve, gate)
    const statuses = Array.from({ length: 1000 }, async () => {
      const [response] = (await once(own(`${url}/work`), 'response')) as [IncomingMessage]
      response.resume()
      await once(response, 'end')
      return response.statusCode
    })
    let isDone = false
    const all = Promise.all(statuses).finally(() => (isDone = true))
    await until(() => Object.keys(gate.stats.sheds).length > 0)
    while (!isDone) {
      expect(gate.stats.inUse).toBeLessThanOrEqual(10)
      expect(gate.stats.waiting).toBeLessThanOrEqual(40)
      app.go()
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const counts = new Map<number | undefined, number>()
    for (const status of await all) counts.set(status, (counts.get(status) ?? 0) + 1)
    expect(new Set(counts.keys())).toEqual(new Set([200, 503]))
    expect(app.most).toBeLessThanOrEqual(10)
    expect(counts.get(200)).toBe(app.calls)
    await until(() => gate.stats.inUse === 0)
  })

  it('refuses at once what is late already', async () => {
    const gate = limit(5)
    const { url } = await start(serve, gate)
    const late = await fetch(`${url}/work`, { headers: { 'x-deadline': '0' } })
    expect([late.status, ((await late.json()) as { reason: string }).reason]).toEqual([503, 'deadline'])
  })
})

describe.each(frameworks.filter(([name]) => name !== 'NestJS on Fastify'))('a refusal by %s', (_name, serve) => {
  it('tells a client that it was refused while it still sends', async () => {
    const gate = limit(0, { line: 0 })
    const { url } = await start(serve, gate)
    const sent = request(`${url}/work`, { method: 'POST', agent: false })
    sent.on('error', () => {})
    sent.write('x'.repeat(100_000))
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(503)
    sent.destroy()
  })
})

it('comes from a guard of Nest on Fastify when the body has been read', async () => {
  const gate = limit(0, { line: 0 })
  const { url } = await start(serveNestOnFastify, gate)
  const headers = { 'content-type': 'text/plain' }
  const sent = request(`${url}/work`, { method: 'POST', agent: false, headers })
  sent.write('x'.repeat(1000))
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(gate.stats.sheds).toEqual({})
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  expect([response.statusCode, gate.stats.sheds]).toEqual([503, { limit: 1 }])
  response.resume()
})

describe.each(frameworks.filter(([, , inherits]) => inherits))('what is called inside of %s', (_name, serve) => {
  it('hands the deadline and the level on to what is called inside, body read or not', async () => {
    const { url } = await start(serve, limit(5))
    const ask = async (headers: Record<string, string>) =>
      (
        await fetch(`${url}/scope`, {
          method: 'POST',
          body: 'text',
          headers: { 'content-type': 'text/plain', ...headers },
        })
      ).json()
    const told = (await ask({ 'x-deadline': '5000', 'x-level': '2' })) as { level: number; leftMs: number }
    expect(told.level).toBe(2)
    expect(told.leftMs).toBeGreaterThan(3000)
    expect(told.leftMs).toBeLessThanOrEqual(5000)
    expect(await ask({ 'x-level': '0' })).toMatchObject({ level: 1 })
  })
})
