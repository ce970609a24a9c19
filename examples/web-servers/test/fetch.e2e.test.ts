import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { breaker, limit } from 'forebay/gates'
import type { Gate } from 'forebay/gates'
import { gatedFetch, grantedLimit, nodeGate, obey } from 'forebay/http'
import { afterEach, describe, expect, it } from 'vitest'

/** Does not wait for what `Retry-After` says, so that only the places count. */
const deaf = Object.assign(obey(), { hear: () => {} })

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`never: ${condition.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('the fetch of the runtime behind a gate', () => {
  it('holds its permit until the last byte has been read, or the body is cancelled', async () => {
    const url = await listen((_req, res) => {
      res.write('first')
      setTimeout(() => res.end('last'), 30)
    })
    const gate = limit(1)
    const call = gatedFetch({ gate })
    const response = await call(url)
    expect([gate.stats.inUse, response.url, response.ok]).toEqual([1, `${url}/`, true])
    expect(await response.text()).toBe('firstlast')
    expect(gate.stats.inUse).toBe(0)
    await (await call(url)).body?.cancel()
    expect(gate.stats.inUse).toBe(0)
  })

  it('gives back the permit of an answer that nobody ever reads', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const url = await listen((_req, res) => res.end('x'.repeat(100_000)))
    const gate = limit(1)
    const call = gatedFetch({ gate })
    await (async () => void (await call(url)).status)()
    await until(() => {
      collect()
      return gate.stats.inUse === 0
    })
  })

  it('sends a Request with its own headers and body, and a signal that aborts', async () => {
    const url = await listen((req, res) => {
      if (req.headers.authorization === undefined) return
      let text = ''
      req
        .on('data', (chunk) => (text += String(chunk)))
        .on('end', () => res.end(`${req.method} ${text} ${String(req.headers['x-level'])}`))
    })
    const gate = limit(1)
    const call = gatedFetch({ gate, level: 3 })
    const request = new Request(url, { method: 'POST', body: 'text', headers: { authorization: 'me' } })
    expect(await (await call(request)).text()).toBe('POST text 3')
    await expect(call(url, { signal: AbortSignal.timeout(50) })).rejects.toThrow(/timeout/i)
    expect(gate.stats.inUse).toBe(0)
  })

  it('has no more under way than a server tells that it can take, where a limit of its own has most refused', async () => {
    const refusals = async (gate: Gate, more: object): Promise<number> => {
      const places = limit(5, { line: 0 })
      const url = await listen(
        nodeGate(
          async (_req, res) => {
            await new Promise((resolve) => setTimeout(resolve, 100)) // longer than a busy machine takes to send them all
            res.end('x')
          },
          { gate: places, advertise: true },
        ),
      )
      const call = gatedFetch({ gate, ...more })
      const statuses = await Promise.all(
        Array.from({ length: 100 }, async () => {
          const response = await call(url)
          await response.text()
          return response.status
        }),
      )
      return statuses.filter((status) => status !== 200).length
    }
    const credit = grantedLimit({ max: 50 })
    expect(await refusals(limit(50, { line: { max: 100, hold: '1m' } }), { obey: deaf })).toBeGreaterThan(30)
    expect(await refusals(credit, { credit, obey: deaf })).toBeLessThanOrEqual(5)
  })

  it('obeys a server that is behind a gate of ours, and carries a deadline through two of them', async () => {
    const slow: Gate = limit(1, { name: 'inner', line: 0 })
    const seen: (string | undefined)[] = []
    const inner = await listen(
      nodeGate(
        async (req, res) => {
          seen.push(req.headers['x-deadline'] as string, req.headers['x-level'] as string)
          await new Promise((resolve) => setTimeout(resolve, 20))
          res.end('inner')
        },
        { gate: slow },
      ),
    )
    const fuse = breaker({ consecutive: 100 })
    const call = gatedFetch({ gate: fuse })
    const outer = await listen(
      nodeGate(async (_req, res) => res.end(await (await call(inner)).text()), { gate: limit(10), deadline: '5s' }),
    )
    expect(await (await fetch(outer, { headers: { 'x-level': '2', 'x-deadline': '3000' } })).text()).toBe('inner')
    expect(Number(seen[0])).toBeLessThanOrEqual(3000)
    expect(Number(seen[0])).toBeGreaterThan(1000)
    expect(seen[1]).toBe('2')
    const held = slow.tryAcquire()
    const refused = await call(inner)
    expect([refused.status, refused.headers.get('ratelimit')]).toEqual([503, '"inner";r=0'])
    await refused.text()
    held?.release()
    await expect(call(inner, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ code: 'FOREBAY_CANCELLED' })
  })
})
