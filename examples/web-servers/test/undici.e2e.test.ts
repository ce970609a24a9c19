import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { limit } from 'forebay/gates'
import type { Gate } from 'forebay/gates'
import { obey, undiciGate } from 'forebay/http'
import { Agent, Pool, fetch, request } from 'undici'
import type { Dispatcher } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'

const open: { close(): unknown }[] = []
afterEach(() => {
  for (const each of open.splice(0)) void each.close()
})

async function listen(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener)
  open.push({ close: () => server.close().closeAllConnections() })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function client(gate: Gate, more: object = {}): Dispatcher {
  const agent = new Agent()
  open.push({ close: () => agent.destroy() })
  return agent.compose(undiciGate({ gate, ...more }))
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`never: ${condition.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('undici behind a gate', () => {
  it('lets as many run as there are permits, until the last byte of each', async () => {
    let running = 0
    let most = 0
    const url = await listen((_req, res) => {
      most = Math.max(most, ++running)
      res.write('a')
      setTimeout(() => {
        running--
        res.end('b')
      }, 20)
    })
    const gate = limit(2, { line: { max: 100, hold: '10s' } })
    const dispatcher = client(gate)
    const texts = await Promise.all(
      Array.from({ length: 10 }, async (_, i) =>
        i % 2 === 0 ? (await request(url, { dispatcher })).body.text() : (await fetch(url, { dispatcher })).text(),
      ),
    )
    expect(texts).toEqual(Array.from({ length: 10 }, () => 'ab'))
    expect(most).toBe(2)
    expect(gate.stats).toMatchObject({ inUse: 0, waiting: 0, admitted: 10 })
  })

  it('leaves the line when the caller aborts, and sends nothing', async () => {
    let count = 0
    const url = await listen((_req, res) => {
      count++
      res.end()
    })
    const gate = limit(1, { line: { hold: '10s' } })
    const held = gate.tryAcquire()
    const dispatcher = client(gate)
    const controller = new AbortController()
    const calls = [
      request(url, { dispatcher, signal: controller.signal }),
      fetch(url, { dispatcher, signal: controller.signal }),
    ].map((call) => call.catch((error: unknown) => error))
    await until(() => gate.stats.waiting === 2)
    controller.abort()
    for (const error of await Promise.all(calls)) expect((error as Error).name).toBe('AbortError')
    expect(gate.stats.waiting).toBe(0)
    held?.release()
    await (await request(url, { dispatcher })).body.dump()
    expect([count, gate.stats.inUse]).toEqual([1, 0])
  })

  it('fails with the Shed of the gate, and for what does not answer in time', async () => {
    const url = await listen(() => {})
    const gate = limit(1, { line: 0 })
    const dispatcher = client(gate, { timeout: 50 })
    const slow = request(url, { dispatcher }).catch((error: unknown) => error)
    await until(() => gate.stats.inUse === 1)
    await expect(request(url, { dispatcher })).rejects.toMatchObject({ code: 'FOREBAY_SHED', reason: 'limit' })
    expect(await slow).toMatchObject({ code: 'FOREBAY_TIMEOUT' })
    expect(gate.stats.inUse).toBe(0)
    await expect(request('http://127.0.0.1:1', { dispatcher })).rejects.toThrow()
    expect(gate.stats.inUse).toBe(0)
  })

  it('tells in time of a timeout while undici has no connection free, and does not send the request then', async () => {
    const seen: unknown[] = []
    let answer = (): void => {}
    const url = await listen((req, res) => {
      seen.push(req.url)
      answer = () => res.end('late')
    })
    const pool = new Pool(url, { connections: 1 })
    open.push({ close: () => pool.destroy() })
    const first = request(`${url}/first`, { dispatcher: pool })
    await until(() => seen.length === 1)
    const gate = limit(5)
    const dispatcher = pool.compose(undiciGate({ gate, timeout: 50 }))
    const options = { dispatcher, signal: AbortSignal.timeout(5000) }
    await expect(request(`${url}/second`, options)).rejects.toMatchObject({ code: 'FOREBAY_TIMEOUT' })
    await expect(fetch(`${url}/third`, options)).rejects.toMatchObject({ cause: { code: 'FOREBAY_TIMEOUT' } })
    expect(gate.stats.inUse).toBe(0)
    answer()
    expect(await (await first).body.text()).toBe('late')
    const last = request(`${url}/last`, { dispatcher: pool })
    await until(() => seen.includes('/last'))
    answer()
    await (await last).body.dump()
    expect(seen).toEqual(['/first', '/last'])
  })

  it('goes on counting time after an early hint', async () => {
    const url = await listen((_req, res) => res.writeEarlyHints({ link: '</a.css>; rel=preload' }))
    const gate = limit(1)
    const call = request(url, { dispatcher: client(gate, { timeout: 50 }), signal: AbortSignal.timeout(5000) })
    await expect(call).rejects.toMatchObject({ code: 'FOREBAY_TIMEOUT' })
    expect(gate.stats.inUse).toBe(0)
  })

  it('gives back the permit of a body that is broken off', async () => {
    const url = await listen((_req, res) => {
      res.writeHead(200, { 'content-length': 1000 })
      res.write('a')
    })
    const gate = limit(1, { line: 0 })
    const { body } = await request(url, { dispatcher: client(gate) })
    expect(gate.stats.inUse).toBe(1)
    body.on('error', () => {})
    body.destroy()
    await until(() => gate.stats.inUse === 0)
  })

  it('obeys a refusal, and passes the level on beside the headers of the caller, however they are written', async () => {
    const seen: unknown[] = []
    const url = await listen((req, res) => {
      seen.push([req.headers['x-own'], req.headers['x-level']])
      res.writeHead(req.url === '/busy' ? 503 : 200, { 'retry-after': '30' })
      res.end()
    })
    const peer = obey()
    const dispatcher = client(limit(5), { obey: peer, level: 3 })
    for (const headers of [
      { 'X-Own': 'a' },
      ['X-Own', 'b'],
      new Map([['x-own', 'c']]),
      { 'x-own': 'd', 'X-Level': '2' },
    ]) {
      await (await request(url, { dispatcher, headers: headers as Record<string, string> })).body.dump()
    }
    expect(seen).toEqual([
      ['a', '3'],
      ['b', '3'],
      ['c', '3'],
      ['d', '2'],
    ])
    expect(peer.closedMs(url)).toBe(0)
    await (await request(`${url}/busy`, { dispatcher })).body.dump()
    expect(peer.closedMs(url)).toBeGreaterThan(25_000)
  })
})
