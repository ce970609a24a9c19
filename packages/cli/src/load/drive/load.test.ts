import type { Clock } from 'forebay'
import { VirtualClock } from 'forebay/testkit'
import { expect, test } from 'vitest'
import { endings, type Figures } from '../measure/tally.ts'
import type { LoadPlan } from '../plan/plan.ts'
import { load } from './load.ts'
import type { LoadResult } from './result.ts'
import type { Transport, WireAnswer, WireRequest } from './transport.ts'

type Serve = (request: WireRequest, now: number) => { afterMs: number; answer: WireAnswer }

const ok: WireAnswer = { status: 200, retryAfterMs: undefined }

/** A service in virtual time, which notes what it was sent. */
class FakeService implements Transport {
  readonly clock = new VirtualClock()
  readonly seen: { at: number; headers: Readonly<Record<string, string>> }[] = []
  busy = 0
  mostBusy = 0
  aborted = 0
  isClosed = false
  readonly #serve: Serve

  constructor(serve: Serve) {
    this.#serve = serve
  }

  send(request: WireRequest, done: (answer: WireAnswer) => void): { abort(): void } {
    this.seen.push({ at: this.clock.now(), headers: request.headers })
    this.mostBusy = Math.max(this.mostBusy, ++this.busy)
    const { afterMs, answer } = this.#serve(request, this.clock.now())
    const end = (result: WireAnswer): void => {
      this.busy--
      done(result)
    }
    const cancel = this.clock.after(afterMs, () => end(answer))
    return {
      abort: () => {
        this.aborted++
        cancel()
        end({ error: 'aborted' })
      },
    }
  }

  close(): Promise<void> {
    this.isClosed = true
    return Promise.resolve()
  }
}

const even: Omit<LoadPlan, 'phases'> = { url: 'http://127.0.0.1/', arrivals: 'even' }

async function played(service: FakeService, plan: LoadPlan): Promise<LoadResult> {
  const run = load(plan, { clock: service.clock, transport: service })
  await service.clock.advance(3_600_000)
  return run.done
}

/** Whatever is offered has one end, in every account. */
function expectBalanced(figures: Figures): void {
  expect(endings.reduce((sum, ending) => sum + figures[ending], 0)).toBe(figures.offered)
  expect(figures.sent).toBeLessThanOrEqual(figures.attempts)
}

test('everything that is scheduled is sent at its instant, and measured from there', async () => {
  const service = new FakeService(() => ({ afterMs: 7, answer: ok }))
  const { total, lag, playedMs } = await played(service, { ...even, phases: [{ for: '1s', rate: '100/s' }] })

  expect(service.seen.map(({ at }) => at)).toEqual(Array.from({ length: 100 }, (_, n) => n * 10))
  expect(total).toMatchObject({ offered: 100, sent: 100, attempts: 100, ok: 100, okShare: 1, goodput: 100 })
  expect(total.latency).toMatchObject({ p50: expect.closeTo(7, 1), p99: expect.closeTo(7, 1), max: 7, mean: 7 })
  expect(lag?.max).toBe(0)
  expect(playedMs).toBe(1000)
  expect(service.isClosed).toBe(true)
})

/** Stands still from the 5th to the 6th second. */
const stalls: Serve = (_, now) => ({ afterMs: now >= 5000 && now < 6000 ? 6000 - now + 1 : 1, answer: ok })

test('a stall of one second is seen by those who would have come in it, which a closed loop hides', async () => {
  const { total } = await played(new FakeService(stalls), { ...even, phases: [{ for: '10s', rate: '100/s' }] })

  expect(total.latency?.p50).toBeCloseTo(1, 1)
  expect(total.latency?.p99).toBeGreaterThan(850)
  expect(total.latency?.p90).toBeGreaterThan(1)

  // Ten callers that wait for their answer, pause 100 ms, and so ask as often while nothing stalls.
  const service = new FakeService(stalls)
  const latencies: number[] = []
  const ask = (): void => {
    const sentAt = service.clock.now()
    if (sentAt >= 10_000) return
    service.send({ origin: '', method: 'GET', path: '/', headers: {}, body: undefined }, () => {
      latencies.push(service.clock.now() - sentAt)
      service.clock.after(99, ask)
    })
  }
  for (let caller = 0; caller < 10; caller++) service.clock.after(caller * 10, ask)
  await service.clock.advance(12_000)
  latencies.sort((a, b) => a - b)

  expect(latencies.length).toBeGreaterThan(800)
  expect(latencies[Math.ceil(latencies.length * 0.98) - 1]).toBe(1)
})

test('a client that stands still itself adds that to its latencies, and says so', async () => {
  const service = new FakeService(() => ({ afterMs: 1, answer: ok }))
  const { clock } = service
  let stoodStill = 0
  const late: Clock = {
    now: () => clock.now() + stoodStill,
    wall: () => clock.wall(),
    after: (ms, callback) => clock.after(ms, callback),
    yield: (callback) => clock.yield(callback),
    frame: (callback) => clock.frame(callback),
  }
  const run = load({ ...even, phases: [{ for: '1s', rate: '100/s' }] }, { clock: late, transport: service })
  await clock.advance(205)
  stoodStill = 500
  await clock.advance(1000)
  const { total, lag } = await run.done

  expect(total).toMatchObject({ offered: 100, ok: 100 })
  expect(total.latency?.max).toBeCloseTo(501, 0)
  expect(total.latency?.p90).toBeGreaterThan(350)
  expect(lag?.max).toBeCloseTo(500, 0)
})

test('what finds no connection is counted as saturated at once, and is never sent late', async () => {
  const service = new FakeService(() => ({ afterMs: 1000, answer: ok }))
  const { total } = await played(service, { ...even, connections: 5, phases: [{ for: '1s', rate: '100/s' }] })

  expect(total).toMatchObject({ offered: 100, sent: 5, ok: 5, saturated: 95 })
  expect(service.mostBusy).toBe(5)
  expect(service.seen.at(-1)?.at).toBe(40)
  expectBalanced(total)
})

test('requests that wait for their next try count as in flight, and are bounded', async () => {
  const service = new FakeService(() => ({ afterMs: 1, answer: { status: 503, retryAfterMs: 500 } }))
  const { total } = await played(service, {
    ...even,
    inFlight: 10,
    obey: true,
    tenants: Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`t${n}`, 1])),
    retry: { max: 1, policy: 'naive', base: '10s' },
    phases: [{ for: '1s', rate: '100/s' }],
  })

  expect(total.sent).toBeGreaterThanOrEqual(10)
  expect(total.saturated).toBeGreaterThan(30)
  expectBalanced(total)
})

test('a client gives up at its deadline, which counts with the time waited, and hangs up', async () => {
  const service = new FakeService((_, now) => ({ afterMs: now < 500 ? 10 : 5000, answer: ok }))
  const { total, answers } = await played(service, {
    ...even,
    deadline: '200ms',
    phases: [{ for: '1s', rate: '10/s' }],
  })

  expect(total).toMatchObject({ ok: 5, timedOut: 5 })
  expect(total.latency).toMatchObject({ p50: expect.closeTo(10, 0), max: 200 })
  expect(service.aborted).toBe(5)
  expect(service.seen[0]?.headers).toMatchObject({ 'x-deadline': '200' })
  expect(answers).toMatchObject({ '200': { count: 5 }, timeout: { count: 5 } })
})

test('who waits for late answers gets them, and they are late', async () => {
  const service = new FakeService(() => ({ afterMs: 300, answer: ok }))
  const plan: LoadPlan = { ...even, deadline: 200, waitForLate: true, phases: [{ for: '1s', rate: 10 }] }
  const { total } = await played(service, plan)

  expect(total).toMatchObject({ ok: 0, late: 10, okShare: 0 })
  expect(total.latency?.p50).toBeCloseTo(300, 0)
})

test('refusals and failures are told apart, and neither counts as latency', async () => {
  const statuses = [200, 302, 404, 429, 500, 503]
  let turn = 0
  const service = new FakeService(() => ({
    afterMs: 5,
    answer: turn++ === 6 ? { error: 'ECONNRESET' } : { status: statuses[turn - 1]!, retryAfterMs: undefined },
  }))
  const { total, answers } = await played(service, { ...even, phases: [{ for: '7s', rate: 1 }] })

  expect(total).toMatchObject({ ok: 2, failed: 3, shed: 2 })
  expect(total.refusal?.p50).toBeCloseTo(5, 1)
  expect(Object.keys(answers)).toEqual(['200', '302', '404', '429', '500', '503', 'ECONNRESET'])
})

const down: Serve = () => ({ afterMs: 1, answer: { status: 503, retryAfterMs: undefined } })

test('naive retries multiply what is sent; a budget does not let them', async () => {
  const plan: LoadPlan = { ...even, phases: [{ for: '10s', rate: '100/s' }] }
  const naive = await played(new FakeService(down), { ...plan, retry: { max: 3, policy: 'naive' } })
  const kept = await played(new FakeService(down), { ...plan, retry: { max: 3 } })

  expect(naive.total).toMatchObject({ offered: 1000, attempts: 4000, shed: 1000 })
  expect(kept.total.attempts).toBeGreaterThan(1100)
  expect(kept.total.attempts).toBeLessThanOrEqual(1000 * 1.1 + 30 + 10)
  expect(kept.total.shed).toBe(1000)
})

test('a retry that is answered well makes the request ok, with all the time it took', async () => {
  let turn = 0
  const service = new FakeService(() => ({ afterMs: 10, answer: turn++ % 2 === 0 ? { error: 'ECONNRESET' } : ok }))
  const { total } = await played(service, {
    ...even,
    retry: { max: 2, policy: 'naive', base: 0 },
    phases: [{ for: '1s', rate: 2 }],
  })

  expect(total).toMatchObject({ ok: 2, attempts: 4, failed: 0 })
  expect(total.latency?.p50).toBeCloseTo(20, 1)
})

test('an attempt that takes too long is tried again within the deadline', async () => {
  let turn = 0
  const service = new FakeService(() => ({ afterMs: turn++ === 0 ? 10_000 : 10, answer: ok }))
  const { total } = await played(service, {
    ...even,
    timeout: 100,
    deadline: 1000,
    retry: { max: 1, policy: 'naive', base: 0 },
    phases: [{ for: '1s', rate: 1 }],
  })

  expect(total).toMatchObject({ ok: 1, attempts: 2 })
  expect(total.latency?.max).toBe(110)
})

test('a tenant that obeys sends nothing until it may, while the others go on', async () => {
  const service = new FakeService(({ headers }) => ({
    afterMs: 1,
    answer: headers['x-tenant'] === 'a' ? { status: 429, retryAfterMs: 400 } : ok,
  }))
  const plan: LoadPlan = { ...even, tenants: { a: 1, b: 1 }, phases: [{ for: '1s', rate: '100/s' }] }
  const obeying = await played(service, { ...plan, obey: true })
  const sent = service.seen.filter(({ headers }) => headers['x-tenant'] === 'a').map(({ at }) => at)

  expect(sent.length).toBeLessThanOrEqual(3)
  expect(obeying.tenants['a']).toMatchObject({ shed: sent.length })
  expect(obeying.tenants['a']?.withheld).toBeGreaterThan(30)
  expect(obeying.tenants['b']?.okShare).toBe(1)
  expect(obeying.retryAfter).toEqual({ told: sent.length, ignored: 0 })

  const wild = await played(new FakeService(() => ({ afterMs: 1, answer: { status: 429, retryAfterMs: 400 } })), plan)
  expect(wild.total.withheld).toBe(0)
  expect(wild.retryAfter.ignored).toBeGreaterThan(90)
})

test('accounts of phases, tenants, levels and windows come to the same', async () => {
  const service = new FakeService((_, now) => ({ afterMs: now % 90, answer: now % 7 === 0 ? { error: 'EPIPE' } : ok }))
  const result = await played(service, {
    url: 'http://127.0.0.1/',
    warmUp: '1s',
    deadline: 80,
    tenants: { a: 2, b: 1 },
    levels: { 0: 1, 2: 1 },
    phases: [
      { name: 'calm', for: '2s', rate: 50 },
      { name: 'storm', for: '1s', rate: 500 },
    ],
  })
  const sum = (parts: readonly Figures[]): number[] =>
    endings.map((name) => parts.reduce((n, part) => n + part[name], 0))
  const whole = endings.map((name) => result.total[name])

  expect(service.seen.length).toBeGreaterThan(result.total.attempts)
  expectBalanced(result.total)
  for (const parts of [
    result.phases,
    Object.values(result.tenants),
    Object.values(result.levels),
    result.windows.all,
    Object.values(result.windows.tenants).flat(),
    result.phases.flatMap(({ tenants }) => Object.values(tenants)),
  ]) {
    expect(sum(parts)).toEqual(whole)
  }
  expect(Object.values(result.answers).reduce((n, { count }) => n + count, 0)).toBe(result.total.offered)
})

test('what was stopped has a result of what was played; what still runs gets its time, and is cut off', async () => {
  const service = new FakeService(() => ({ afterMs: 400, answer: ok }))
  const run = load({ ...even, phases: [{ for: '1h', rate: '10/s' }] }, { clock: service.clock, transport: service })
  await service.clock.advance(950)
  run.stop(200)
  run.stop(200)
  await service.clock.advance(1000)
  const { total, playedMs, isInterrupted, windows } = await run.done

  expect(total).toMatchObject({ offered: 10, ok: 8, unfinished: 2 })
  expect({ playedMs, isInterrupted }).toEqual({ playedMs: 950, isInterrupted: true })
  expect(windows.all.at(-1)?.to).toBe(950)
  expect(service.busy).toBe(0)
})

test('status tells the phase, what is in flight, and recent latency once', async () => {
  const service = new FakeService(() => ({ afterMs: 30, answer: ok }))
  const run = load(
    { ...even, warmUp: 100, phases: [{ name: 'only', for: '1s', rate: '100/s' }] },
    { clock: service.clock, transport: service },
  )

  expect(run.inspect()).toMatchObject({ elapsedMs: -100, totalMs: 1000, phase: undefined })
  await service.clock.advance(205)
  expect(run.inspect()).toMatchObject({ elapsedMs: 105, phase: 'only', inFlight: 3, recent: { max: 30 } })
  expect(run.inspect().recent).toBeUndefined()
  run.stop(0)
  await run.done
})
