import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { systemClock } from 'forebay'
import type { Clock, Gate } from 'forebay'
import { fixedWindow, Shed, sharedLimit, sharedRate, slidingWindow, tokenBucket } from 'forebay/gates'
import type { MakeRateAlgorithm, SharedRateOptions, StoreAsk, StoredAlgorithm } from 'forebay/gates'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { execute } from '../../../../tools/execute.ts'
import { recordSkip } from '../../../../tools/services/skips.ts'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { redisGateStore } from '../../src/redis/redis-gate-store.ts'

const redis = await requireServer('redis')
if (redis.available && !redis.isOurs) {
  recordSkip({
    what: 'gates on a Redis that is killed, slow or full',
    reason: 'FOREBAY_REDIS_URL names one that is not ours to kill',
    command: 'unset FOREBAY_REDIS_URL',
  })
}
const admin = redis.available ? new Redis(redis.url, { maxRetriesPerRequest: 3 }) : undefined
admin?.on('error', () => {}) // the server is killed in some tests
const stores: { close(): Promise<void> }[] = []
afterAll(async () => {
  for (const store of stores) await store.close()
  admin?.disconnect()
  await redis.stop()
})

/** What all keys of this file begin with: a Redis that the environment names may hold other things. */
const prefix = `forebay-test-${process.pid}`

function open() {
  const store = redisGateStore({ url: redis.url, prefix })
  stores.push(store)
  return store
}

/** Everything that is kept of the rate `name`. */
async function keysOf(name: string): Promise<string[]> {
  return (await admin?.keys(`${prefix}:${name}:*`)) ?? []
}

let count = 0
/** A gate with a name of its own, so that tests share nothing, and with patience for a machine that is busy. */
function gateOf({ away, ...options }: Partial<SharedRateOptions> = {}) {
  return sharedRate({
    limit: 100,
    per: 1000,
    store: open(),
    name: `test ${count++}`,
    away: { timeout: 5000, ...away },
    ...options,
  })
}

const algorithms: readonly { algorithm: StoredAlgorithm; model: MakeRateAlgorithm; burst: number | undefined }[] = [
  { algorithm: 'gcra', model: tokenBucket, burst: 7 },
  { algorithm: 'token-bucket', model: tokenBucket, burst: 7 },
  { algorithm: 'fixed-window', model: fixedWindow, burst: undefined },
  { algorithm: 'sliding-window', model: slidingWindow, burst: undefined },
]

/** The most that any span of `ms` may hold. */
const promised: Record<StoredAlgorithm, (limit: number, per: number, ms: number) => number> = {
  gcra: (limit, per, ms) => Math.max(1, limit / 10) + (ms * limit) / per,
  'token-bucket': (limit, per, ms) => Math.max(1, limit / 10) + (ms * limit) / per,
  'fixed-window': (limit, per, ms) => limit * (Math.floor(ms / per) + 2),
  'sliding-window': (limit, per, ms) => limit * (Math.floor(ms / per) + 2),
}

const jiti = join(dirname(createRequire(import.meta.url).resolve('jiti/package.json')), 'lib', 'jiti-cli.mjs')

interface Report {
  readonly began: number[]
  readonly local: number
}

async function child(options: object): Promise<Report> {
  const { stdout, stderr, exitCode } = await execute(
    process.execPath,
    [
      jiti,
      join(import.meta.dirname, 'rate-child.ts'),
      JSON.stringify({ url: redis.url, prefix, fallback: 'closed', instances: 1, ...options }),
    ],
    { cwd: import.meta.dirname, withinMs: 60_000 },
  )
  if (exitCode !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as Report
}

/** The answers come a little after they were decided, to one process sooner than to another. */
const latencyMs = 80

function worst(began: readonly number[], spans: readonly number[], most: (ms: number) => number): number {
  const sorted = [...began].sort((a, b) => a - b)
  let over = -Infinity
  for (const span of spans) {
    for (let from = 0, to = 0; from < sorted.length; from++) {
      while (to < sorted.length && (sorted[to] as number) < (sorted[from] as number) + span) to++
      over = Math.max(over, to - from - most(span + latencyMs))
    }
  }
  return over
}

describe.skipIf(!redis.available)('rates in Redis', () => {
  describe.each(algorithms)('$algorithm', ({ algorithm, model, burst }) => {
    test('decides exactly as the algorithm of one process would at the time of the server', async () => {
      const store = open()
      const rate = { algorithm, limit: 40, perMs: 400, burst: burst ?? 40 }
      const own = model({ limit: 40, per: 400, burst })
      let seed = 1
      let first: number | undefined
      const decisions = { granted: 0, refused: 0 }
      for (let i = 0; i < 400; i++) {
        seed = (seed * 48_271) % 2_147_483_647
        const cost = 1 + (seed % 5)
        const correction = i % 50 === 49 ? 6 : 0
        const ask: StoreAsk = {
          name: `exact ${algorithm}`,
          key: 'k',
          rate,
          least: cost,
          most: cost,
          correction,
          mark: 0,
        }
        const [answer] = await store.take([ask])
        if (answer === undefined) throw new Error('no answer')
        first ??= answer.at
        const at = answer.at - first
        if (correction > 0) own.correct(correction, at, 0)
        const wait = own.waitMs(cost, at, 0)
        if (wait > 0.01) expect(answer.granted, `ask ${i}: should wait ${wait}`).toBe(0)
        else if (wait === 0) expect(answer.granted, `ask ${i}: should be let in`).toBe(cost)
        if (answer.granted > 0) own.take(cost, at)
        else expect(Math.abs(answer.waitMs - wait)).toBeLessThan(0.1)
        decisions[answer.granted > 0 ? 'granted' : 'refused']++
        if (seed % 3 === 0) await new Promise((resolve) => setTimeout(resolve, seed % 25))
      }
      expect(decisions.granted).toBeGreaterThan(40)
      expect(decisions.refused).toBeGreaterThan(40)
    })

    test('lets four processes together do no more than it promises, and all of that', async () => {
      const [limit, per, forMs] = [200, 1000, 2500]
      const reports = await Promise.all([1, 2, 3, 4].map(() => child({ algorithm, limit, per, workers: 20, forMs })))
      const began = reports.flatMap((report) => report.began)
      expect(worst(began, [100, 500, 1000, 2000], (ms) => promised[algorithm](limit, per, ms))).toBeLessThanOrEqual(0)
      const span = (Math.max(...began) - Math.min(...began)) / per
      expect(began.length).toBeGreaterThan(limit * Math.max(1, span - 1) * 0.8)
      for (const report of reports) expect(report.local).toBe(0)
    })

    test('refuses for no longer than it says when the clock of the server has gone back', async () => {
      const store = open()
      const name = `back ${algorithm}`
      const rate = { algorithm, limit: 10, perMs: 300, burst: burst ?? 10 }
      const ask: StoreAsk = { name, key: 'k', rate, least: 1, most: 1, correction: 0, mark: 0 }
      const [taken] = await store.take([{ ...ask, least: rate.burst, most: rate.burst }])
      expect(taken?.granted).toBe(rate.burst)
      const [key] = (await keysOf(name)) as [string]
      const hour = 3_600_000
      // The same as it would stand there had the server's clock been an hour ahead until now.
      const stamps = { gcra: [0, 1], 'token-bucket': [1], 'fixed-window': [1], 'sliding-window': [2] }[algorithm]
      const parts = ((await admin?.get(key)) ?? '').split(' ')
      const ahead = parts.map((part, i) => (stamps.includes(i) ? String(Number(part) + hour) : part))
      await admin?.set(key, ahead.join(' '), 'PX', hour)

      const [refused] = await store.take([ask])
      expect(refused?.granted).toBe(0)
      expect(refused?.waitMs).toBeLessThanOrEqual(2 * rate.perMs)
      expect(await admin?.pttl(key)).toBeLessThanOrEqual(2 * rate.perMs + 1)
      await pause((refused?.waitMs ?? 0) + 5)
      const [after] = await store.take([ask])
      expect(after?.granted).toBe(1)
    })

    test('lets what it holds expire by itself, and writes nothing for who is refused', async () => {
      const gate = gateOf({ algorithm, limit: 4, per: 200, line: 100, keyed: true })
      await Promise.all(Array.from({ length: 50 }, async (_, i) => gate.acquire({ key: `${i}`.repeat(500) })))
      const keys = await keysOf(gate.name)
      expect(keys).toHaveLength(50)
      expect(new Set(keys.map((key) => key.length))).toEqual(new Set([prefix.length + gate.name.length + 26]))
      await new Promise((resolve) => setTimeout(resolve, 900))
      expect(await keysOf(gate.name)).toEqual([])
    })
  })
})

describe.skipIf(!redis.available)('a limit in Redis', () => {
  test('is kept by several processes together, and everything gets its turn', async () => {
    const name = `limit ${count++}`
    const gates = [1, 2, 3].map(() =>
      sharedLimit(8, { store: open(), name, line: { hold: '20s' }, away: { timeout: 5000 } }),
    )
    let running = 0
    let most = 0
    const work = async (gate: Gate): Promise<void> => {
      const permit = await gate.acquire()
      most = Math.max(most, ++running)
      await pause(10)
      running--
      permit.release()
    }
    await Promise.all(Array.from({ length: 300 }, (_, i) => work(gates[i % 3] as Gate)))
    expect(most).toBeLessThanOrEqual(8)
    expect(most).toBeGreaterThan(5)
    await vi.waitUntil(() => gates.every((gate) => gate.shared.leased === 0), { timeout: 5000 })
    expect(await keysOf(name)).toEqual([])
  })

  test('gives the slots of a process that was killed to others when its lease is over, not before', async () => {
    const name = `limit ${count++}`
    const options = JSON.stringify({ url: redis.url, prefix, name, lease: 1500 })
    const holder = spawn(process.execPath, [jiti, join(import.meta.dirname, 'limit-child.ts'), options])
    try {
      await Promise.race([once(holder.stdout, 'data'), once(holder, 'close')])
      const gate = sharedLimit(4, { store: open(), name, lease: 1500, line: { hold: '20s' }, away: { timeout: 5000 } })
      const waiting = Promise.resolve(gate.acquire()).then(() => performance.now())
      await pause(2000)
      expect(gate.stats.admitted).toBe(0)
      holder.kill('SIGKILL')
      const killedAt = performance.now()

      const servedAfter = (await waiting) - killedAt
      expect(servedAfter).toBeGreaterThan(800)
      expect(servedAfter).toBeLessThan(2500)
    } finally {
      holder.kill('SIGKILL')
    }
  })
})

describe.skipIf(!redis.isOurs)('a Redis that is not well', () => {
  /** Works behind `gate` with `workers` until told to stop, and notes when each piece began. */
  function load(gate: ReturnType<typeof gateOf>, workers: number) {
    const began: number[] = []
    let isOver = false
    const done = Promise.all(
      Array.from({ length: workers }, async () => {
        while (!isOver) {
          try {
            await gate.acquire({ hold: 300 })
            began.push(performance.now())
          } catch (error) {
            if (!(error instanceof Shed)) throw error
            await pause(5)
          }
        }
      }),
    )
    const stop = async (): Promise<void> => {
      isOver = true
      await done
    }
    return { began, stop, since: (from: number): number => began.filter((at) => at >= from).length }
  }

  test('is killed and comes back under load: each process keeps its share meanwhile, and nothing is let in beyond it', async () => {
    const told: unknown[] = []
    const gate = gateOf({
      limit: 200,
      algorithm: 'gcra',
      away: { instances: 4, retryEvery: 200, onAway: (error) => told.push(error) },
    })
    const { began, stop, since } = load(gate, 20)
    await pause(1500)
    await redis.kill()
    const killedAt = performance.now()
    await pause(2000)
    expect(gate.shared.isAway).toBe(true)
    expect(gate.shared.error).toMatchObject({ code: 'FOREBAY_UNAVAILABLE', retryable: true })
    const away = since(killedAt)
    expect(away).toBeLessThanOrEqual(2 * (20 + 2.1 * 50))
    expect(away).toBeGreaterThan(60)

    await redis.restart()
    const restartedAt = performance.now()
    await pause(3000)
    await stop()
    expect(gate.shared.isAway).toBe(false)
    expect(since(restartedAt)).toBeGreaterThan(250)
    expect(worst(began, [500, 1000, 2000], (ms) => 20 + 20 + (ms * 200) / 1000)).toBeLessThanOrEqual(0)
    expect(told).toHaveLength(2)
  })

  test('answers late: who waits is not held longer than the line says, and the share goes on', async () => {
    const gate = gateOf({ limit: 100, away: { instances: 2, timeout: 100, retryEvery: 300 } })
    await gate.acquire()
    await admin?.call('CLIENT', 'PAUSE', '1500', 'ALL')
    const from = performance.now()
    const { stop, since } = load(gate, 5)
    await pause(1200)
    expect(gate.shared.isAway).toBe(true)
    expect(since(from)).toBeGreaterThan(30)
    expect(since(from)).toBeLessThanOrEqual(5 + 50 * 1.3 + 5)
    await pause(1500)
    await stop()
    expect(gate.shared.isAway).toBe(false)
  })

  test('is full and may evict nothing: it counts as away, and is used again when there is room', async () => {
    const gate = gateOf({ limit: 100, away: { retryEvery: 100 } })
    await gate.acquire()
    await admin?.config('SET', 'maxmemory-policy', 'noeviction')
    await admin?.config('SET', 'maxmemory', '1')
    for (let i = 0; i < 20; i++) await gate.acquire()
    expect(gate.shared.isAway).toBe(true)
    expect(String((gate.shared.error as Error).message)).toContain('OOM')
    await admin?.config('SET', 'maxmemory', '0')
    await pause(150)
    for (let i = 0; i < 20; i++) await gate.acquire()
    await pause(50)
    expect(gate.shared.isAway).toBe(false)
  })

  test('evicts keys of rates: each eviction gives a key one burst more, and no more than that', async () => {
    const gate = gateOf({ limit: 10, per: 1000, burst: 10, line: 50, keyed: true })
    const evict = async (): Promise<void> => {
      const keys = await keysOf(gate.name)
      if (keys.length > 0) await admin?.del(...keys) // what `allkeys-lru` does to them, at a known time
    }
    const from = performance.now()
    let passed = 0
    for (let round = 0; round < 5; round++) {
      const asked = Array.from({ length: 30 }, () => Promise.resolve(gate.acquire({ key: 'k', hold: 20 })))
      for (const each of await Promise.allSettled(asked)) if (each.status === 'fulfilled') passed++
      await evict()
      await pause(110) // until then it believes what it was told before
    }
    expect(passed).toBeLessThanOrEqual(5 * 10 + ((performance.now() - from) / 1000) * 10 + 1)
    expect(passed).toBeGreaterThan(20)
  })

  test('does not hear of the clock of a client: one that is minutes off changes nothing', async () => {
    const store = open()
    const name = `test ${count++}`
    const skewed: Clock = {
      ...systemClock,
      now: () => systemClock.now() - 600_000,
      wall: () => systemClock.wall() + 300_000,
    }
    const gates = [systemClock, skewed].map((clock) =>
      sharedRate({ limit: 100, store, name, clock, away: { timeout: 5000 } }),
    )
    const loads = gates.map((gate) => load(gate, 5))
    await pause(2000)
    for (const { stop } of loads) await stop()
    const began = loads.flatMap((each) => each.began)
    expect(worst(began, [200, 1000], (ms) => 10 + ms / 10)).toBeLessThanOrEqual(0)
    for (const each of loads) expect(each.began.length).toBeGreaterThan(40)
  })

  test('keeps a thousand strange keys apart, bounded and by themselves', async () => {
    const store = open()
    const gate = gateOf({ limit: 1, burst: 1, keyed: true, store, line: { max: 2000, hold: '5s' } })
    const strange = ['', ' ', '\u0000', '{a}', '}{', '\r\nFLUSHALL\r\n', '*', 'é'.repeat(70_000), '__proto__', '\ud800']
    const keys = [...strange, ...Array.from({ length: 990 }, (_, i) => `k${i}`)]
    await Promise.all(keys.map(async (key) => gate.acquire({ key })))
    expect(await keysOf(gate.name)).toHaveLength(keys.length)
    expect(gate.shared.roundTrips).toBeLessThan(5)
    for (const key of strange) expect(gate.waitMs({ key })).toBeGreaterThan(0)
  })

  test('never was there: the gate says so and goes on as it was told', async () => {
    const store = redisGateStore({ url: 'redis://127.0.0.1:1' })
    stores.push(store)
    const closed = gateOf({ store, away: { fallback: 'closed' } })
    await expect(closed.acquire({ hold: 100 })).rejects.toMatchObject({ code: 'FOREBAY_SHED', reason: 'rate' })
    await expect(store.take([])).rejects.toMatchObject({ code: 'FOREBAY_UNAVAILABLE', retryable: true })
    const local = gateOf({ store })
    await expect(Promise.resolve(local.acquire())).resolves.toBeDefined()
    await store.close()
    await expect(store.take([])).rejects.toMatchObject({ code: 'FOREBAY_CLOSED' })
  })
})

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
