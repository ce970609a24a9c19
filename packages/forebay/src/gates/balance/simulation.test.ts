import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../kernel/random.ts'
import { VirtualClock } from '../../testkit/virtual-clock.ts'
import { limit } from '../limit/limit.ts'
import { balance } from './balance.ts'
import type { Balancer } from './balance.ts'
import type { BalancePick } from './balance-options.ts'

interface Server {
  readonly name: string
  /** What a call takes on average there, ms. */
  meanMs: number
  isBroken: boolean
  running: number
  mostAtOnce: number
  calls: number
}

interface Answer {
  readonly ms: number
  readonly isOk: boolean
}

/** Servers with exponential service times, and callers who come by chance, in virtual time. */
class Town {
  readonly clock = new VirtualClock()
  readonly random = seededRandom(3)
  readonly servers: Server[]
  readonly answers: Answer[] = []

  constructor(count: number) {
    this.servers = Array.from({ length: count }, (_, i) => this.server(`s${i}`))
  }

  server(name: string): Server {
    return { name, meanMs: 20, isBroken: false, running: 0, mostAtOnce: 0, calls: 0 }
  }

  balancer(pick: BalancePick): Balancer<Server & { gate: ReturnType<typeof limit> }> {
    const { clock } = this
    const targets = this.servers.map((server) => Object.assign(server, { gate: limit(100, { clock }) }))
    return balance(targets, { pick, clock, random: seededRandom(8) })
  }

  /** A broken server fails within a millisecond. */
  serve(server: Server): Promise<void> {
    server.calls++
    server.mostAtOnce = Math.max(server.mostAtOnce, ++server.running)
    const ms = server.isBroken ? 0.5 : -Math.log(1 - this.random.next()) * server.meanMs
    return new Promise((resolve, reject) => {
      this.clock.after(ms, () => {
        server.running--
        if (server.isBroken) reject(new Error('broken'))
        else resolve()
      })
    })
  }

  async run(perSecond: number, seconds: number, call: () => Promise<unknown>): Promise<void> {
    const end = this.clock.now() + seconds * 1000
    while (this.clock.now() < end) {
      await this.clock.advance((-Math.log(1 - this.random.next()) * 1000) / perSecond)
      const start = this.clock.now()
      const note = (isOk: boolean): void => void this.answers.push({ ms: this.clock.now() - start, isOk })
      call().then(
        () => note(true),
        () => note(false),
      )
    }
    await this.clock.advance(5000)
  }

  shareOf(index: number): number {
    const sum = this.servers.reduce((calls, server) => calls + server.calls, 0)
    return (this.servers[index] as Server).calls / sum
  }

  get p99(): number {
    const sorted = this.answers.map(({ ms }) => ms).toSorted((a, b) => a - b)
    return sorted[Math.floor(0.99 * sorted.length)] as number
  }

  get ok(): number {
    return this.answers.filter(({ isOk }) => isOk).length / this.answers.length
  }
}

const picks: readonly BalancePick[] = ['peak-ewma', 'least-outstanding', 'credit']

describe('ten servers', () => {
  const roundRobin = async (town: Town, perSecond: number, seconds: number): Promise<void> => {
    let next = 0
    await town.run(perSecond, seconds, () => town.serve(town.servers[next++ % town.servers.length] as Server))
  }

  it.each(picks)(
    'of which one is ten times as slow: %s sends it little, and the slowest answers are faster',
    async (pick) => {
      const even = new Town(10)
      ;(even.servers[0] as Server).meanMs = 200
      await roundRobin(even, 500, 20)
      const town = new Town(10)
      ;(town.servers[0] as Server).meanMs = 200
      const gate = town.balancer(pick)
      await town.run(500, 20, () => gate.call((server) => town.serve(server)))
      expect(even.shareOf(0)).toBeCloseTo(0.1, 2)
      expect(even.p99).toBeGreaterThan(400)
      expect(town.shareOf(0)).toBeLessThan(0.05)
      expect(town.p99).toBeLessThan(pick === 'peak-ewma' ? 0.3 * even.p99 : 0.8 * even.p99)
      for (let i = 1; i < 10; i++) expect(town.shareOf(i)).toBeGreaterThan(0.07)
    },
  )

  it.each(picks)('of which one fails within half a millisecond: %s sends it next to nothing', async (pick) => {
    const town = new Town(10)
    ;(town.servers[0] as Server).isBroken = true
    const gate = town.balancer(pick)
    await town.run(500, 20, () => gate.call((server) => town.serve(server)))
    expect(town.shareOf(0)).toBeLessThan(0.005)
    expect(town.ok).toBeGreaterThan(0.995)
  })

  it.each(picks)(
    'of which one is started anew: %s lets it warm up instead of sending all callers there',
    async (pick) => {
      const town = new Town(10)
      const gate = town.balancer(pick)
      await town.run(1000, 3, () => gate.call((server) => town.serve(server)))
      await gate.remove('s0')
      const fresh = town.server('s0')
      town.servers[0] = fresh
      fresh.meanMs = 200 // cold
      gate.add(Object.assign(fresh, { gate: limit(100, { clock: town.clock }) }))
      await town.run(1000, 1, () => gate.call((server) => town.serve(server)))
      expect(fresh.calls).toBeGreaterThan(0)
      expect(fresh.mostAtOnce).toBeLessThanOrEqual(3)
      fresh.meanMs = 20
      await town.run(1000, 15, () => gate.call((server) => town.serve(server)))
      const before = fresh.calls
      await town.run(1000, 3, () => gate.call((server) => town.serve(server)))
      expect((fresh.calls - before) / 3000).toBeGreaterThan(0.07)
      expect((fresh.calls - before) / 3000).toBeLessThan(0.15)
    },
  )

  it.each(picks)('of which one answers nothing any more: %s leaves it alone once it is found out', async (pick) => {
    const town = new Town(10)
    const gate = town.balancer(pick)
    const hung = town.servers[0]
    await town.run(500, 20, () =>
      gate.call(
        (server) => (server === hung ? ((hung as Server).calls++, new Promise(() => {})) : town.serve(server)),
        {
          timeout: '200ms',
        },
      ),
    )
    expect(town.shareOf(0)).toBeLessThan(0.02)
    expect(town.ok).toBeGreaterThan(0.98)
  })
})
