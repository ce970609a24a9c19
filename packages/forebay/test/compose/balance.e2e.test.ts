import { once } from 'node:events'
import { Agent, createServer, get } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { flow } from '../../src/flow/sources.ts'
import { budget } from '../../src/gates/admit/budget.ts'
import { balance } from '../../src/gates/balance/balance.ts'
import { limit } from '../../src/gates/limit/limit.ts'

/** A server that answers after `ms`, and can be killed and started again on its port. */
class Replica {
  readonly name: string
  readonly gate: ReturnType<typeof limit> = limit(50)
  served = 0
  port = 0
  readonly #ms: number
  #server: Server | undefined

  constructor(name: string, ms: number) {
    this.name = name
    this.#ms = ms
  }

  async start(): Promise<void> {
    this.#server = createServer((_request, response) => {
      this.served++
      setTimeout(() => response.end(this.name), this.#ms)
    })
    this.#server.listen(this.port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.port = (this.#server.address() as AddressInfo).port
  }

  async kill(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
}

const agent = new Agent({ keepAlive: true })
const replicas = [new Replica('a', 5), new Replica('b', 5), new Replica('slow', 60), new Replica('killed', 5)]
afterAll(async () => {
  agent.destroy()
  for (const replica of replicas) await replica.kill()
})

function ask({ port }: Replica, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, agent, signal }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve(text))
      response.on('error', reject)
    })
    request.on('error', reject)
  })
}

describe('a balancer over real servers', () => {
  it('sends little to the slow one, nothing to one that was killed, and that one gets work again when it is back; no request is lost', async () => {
    for (const replica of replicas) await replica.start()
    const gate = balance(replicas, { eject: { consecutive: 3, for: '400ms', maxFor: '400ms' }, slowStart: '1s' })
    const plenty = budget({ ratio: 1, minPerSecond: 1000 })
    const [, , slow, killed] = replicas as [Replica, Replica, Replica, Replica]
    const run = (count: number): Promise<string[]> =>
      flow
        .range(1, count)
        .mapAsync(
          () =>
            gate.call((target, { signal }) => ask(target, signal), {
              timeout: '2s',
              retry: { max: 4, budget: plenty, backoff: { base: 5 } },
            }),
          { concurrency: 16 },
        )
        .toArray(count)

    const calm = await run(600)
    expect(calm).toHaveLength(600)
    expect(slow.served).toBeLessThan(90)
    expect(killed.served).toBeGreaterThan(100)

    await killed.kill()
    const before = killed.served
    expect(await run(600)).toHaveLength(600)
    expect(killed.served).toBe(before)
    const view = () => gate.targets.find(({ name }) => name === 'killed')
    expect(view()?.failed).toBeGreaterThan(0)
    expect(view()?.failed).toBeLessThan(30)

    await killed.start()
    await pause(500)
    // what its failures cost it is forgotten by time, not by the number of requests
    const until = performance.now() + 20_000
    while (killed.served === before && performance.now() < until) expect(await run(300)).toHaveLength(300)
    expect(killed.served).toBeGreaterThan(before)
    expect(gate.stats).toMatchObject({ inUse: 0, waiting: 0 })
  }, 60_000)
})
