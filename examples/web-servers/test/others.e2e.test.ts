import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { rateLimit } from 'express-rate-limit'
import { limit } from 'forebay/gates'
import { gatedFetch, obey } from 'forebay/http'
import { expect, it } from 'vitest'

it.each(['draft-6', 'draft-7', 'draft-8', 'X-RateLimit'] as const)(
  'a client obeys a server that limits with another library and tells in %s',
  async (dialect) => {
    const app = express()
    const isLegacy = dialect === 'X-RateLimit'
    app.use(
      rateLimit({ windowMs: 60_000, limit: 3, standardHeaders: isLegacy ? false : dialect, legacyHeaders: isLegacy }),
    )
    app.get('/', (_req, res) => void res.send('x'))
    const server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const peer = obey({ line: 0 })
    const call = gatedFetch({ gate: limit(10), obey: peer })
    for (let i = 0; i < 3; i++) {
      expect(peer.closedMs(url)).toBe(0)
      expect(await (await call(url)).text()).toBe('x')
    }
    // The third answer said that nothing is left: the fourth call is not even sent.
    expect(peer.closedMs(url)).toBeGreaterThan(50_000)
    await expect(call(url)).rejects.toMatchObject({ code: 'FOREBAY_SHED', reason: 'rate' })
    expect((await fetch(url)).status).toBe(429)
    server.close()
  },
)
