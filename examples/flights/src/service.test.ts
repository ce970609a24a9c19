import { afterEach, describe, expect, it, vi } from 'vitest'
import { Busy, Capacity } from './capacity.ts'
import { EnrichClient, ServiceUnavailable, Unenrichable } from './enrich-client.ts'
import type { EnrichedFlight, Flight } from './flight.ts'
import { RouteCache } from './route-cache.ts'
import type { Service } from './service.ts'
import { openService } from './service.ts'

const flight = (id: number, more: Partial<Flight> = {}): Flight => {
  return { id, date: '2001-01-01T00:01', delay: 0, distance: 2176, origin: 'LAS', destination: 'PHL', ...more }
}

describe('Capacity', () => {
  afterEach(() => void vi.useRealTimers())

  async function timeFor(load: number, slow = 1): Promise<{ ms: number; refused: number }> {
    vi.useFakeTimers()
    const capacity = new Capacity({ slots: 2, line: 8, serviceMs: (units) => 10 * units, contention: 1 })
    capacity.slow = slow
    const start = Date.now()
    let refused = 0
    let last = start
    const all = Array.from({ length: load }, () =>
      capacity.work(1).then(
        () => (last = Date.now()),
        (error: unknown) => {
          expect(error).toBeInstanceOf(Busy)
          expect((error as Busy).retryAfterMs).toBeGreaterThan(0)
          refused++
        },
      ),
    )
    await vi.runAllTimersAsync()
    await Promise.all(all)
    return { ms: last - start, refused }
  }

  it('works on as many pieces at once as it has slots, and takes longer for each under load', async () => {
    expect(await timeFor(2)).toEqual({ ms: 10, refused: 0 })
    const loaded = await timeFor(10)
    expect(loaded.refused).toBe(0)
    expect(loaded.ms).toBeGreaterThan(50) // five rounds of 10 ms on a machine without contention
  })

  it('refuses what does not fit into its line, and says when to come back', async () => {
    expect((await timeFor(25)).refused).toBe(15)
  })

  it('can be made slower', async () => {
    expect((await timeFor(2, 8)).ms).toBe(80)
  })
})

describe('the service', () => {
  let service: Service | undefined
  let client: EnrichClient | undefined
  afterEach(async () => {
    client?.close()
    await service?.close()
  })

  async function opened(options: Parameters<typeof openService>[0] = {}): Promise<EnrichClient> {
    service = await openService({ serviceMs: () => 1, ...options })
    const { url } = service
    client = new EnrichClient(() => url)
    return client
  }

  const admin = (path: string, body: object): Promise<Response> =>
    fetch(`${service!.url}/admin/${path}`, { method: 'POST', body: JSON.stringify(body) })

  it('names the airports and measures the great circle, an answer for each flight in order', async () => {
    const client = await opened()
    const flights = Array.from({ length: 50 }, (_, id) => flight(id, id === 7 ? { origin: 'SFO' } : {}))
    const answers = await client.enrich(flights)
    expect(answers.map((answer) => (answer instanceof Unenrichable ? -1 : answer.id))).toEqual(
      flights.map(({ id }) => id),
    )
    expect(answers[0]).toMatchObject({ originName: 'McCarran International', source: 'service' })
    expect(Math.abs((answers[0] as EnrichedFlight).greatCircle - 2176)).toBeLessThan(5)
    expect((answers[7] as EnrichedFlight).originName).toContain('San Francisco')
  })

  it.each([
    ['an airport nobody has', { destination: '???' }, /unknown airport '\?\?\?'/],
    ['a distance below zero', { distance: -1 }, /impossible distance/],
  ])('refuses a flight with %s for good, and no other flight of its batch', async (_, spoiled, message) => {
    const client = await opened()
    const [good, bad] = await client.enrich([flight(0), flight(1, spoiled)])
    expect(good).toMatchObject({ id: 0, source: 'service' })
    expect(bad).toBeInstanceOf(Unenrichable)
    expect((bad as Unenrichable).retryable).toBe(false)
    expect((bad as Unenrichable).message).toMatch(message)
  })

  it('answers 503 with Retry-After when its line is full', async () => {
    await opened({ slots: 1, line: 0, serviceMs: () => 300 })
    const ask = (): Promise<Response> =>
      fetch(`${service!.url}/enrich`, { method: 'POST', body: JSON.stringify({ flights: [flight(0)] }) })
    const [first, second] = await Promise.all([ask(), ask()])
    expect([first.status, second.status].toSorted((a, b) => a - b)).toEqual([200, 503])
    const refused = first.status === 503 ? first : second
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
  })

  it('is slow for as long as it is told, and then as fast as before', async () => {
    const client = await opened({ serviceMs: () => 20 })
    await admin('slow', { factor: 8, forMs: 400 })
    const slow = performance.now()
    await client.enrich([flight(0)])
    expect(performance.now() - slow).toBeGreaterThan(150)
    await vi.waitFor(() => expect(service!.capacity.slow).toBe(1), { timeout: 2000 })
  })

  it('fails while it is told to, which the client reports as worth another try', async () => {
    const client = await opened()
    await admin('fail', { forMs: 200 })
    await expect(client.enrich([flight(0)])).rejects.toMatchObject({ name: 'ServiceUnavailable', retryable: true })
    await vi.waitFor(async () => expect(await client.enrich([flight(0)])).toMatchObject([{ id: 0 }]), { timeout: 2000 })
  })

  it('is missed when it has gone', async () => {
    const client = await opened()
    await service!.close()
    await expect(client.enrich([flight(0)])).rejects.toBeInstanceOf(ServiceUnavailable)
    service = undefined
  })

  it.each([
    ['enrich', 'nonsense'],
    ['enrich', '{"flights":[{"id":1}]}'],
    ['enrich', '{"flights":7}'],
    ['admin/slow', '{"factor":0,"forMs":10}'],
    ['admin/slow', '{"factor":2}'],
  ])('answers 400 to a bad %s: %s', async (path, body) => {
    await opened()
    expect((await fetch(`${service!.url}/${path}`, { method: 'POST', body })).status).toBe(400)
  })
})

describe('RouteCache', () => {
  const enriched = (id: number, origin: string): Parameters<RouteCache['remember']>[0] => {
    return { ...flight(id, { origin }), originName: origin, destinationName: 'P', greatCircle: 1, source: 'service' }
  }

  it('recalls what it was told about a route, for another flight', () => {
    const cache = new RouteCache(10)
    cache.remember(enriched(1, 'LAS'))
    expect(cache.recall(flight(2))).toMatchObject({ id: 2, originName: 'LAS', source: 'cache' })
    expect(cache.recall(flight(3, { origin: 'XXX' }))).toBeUndefined()
    expect(cache.recall(flight(4, { distance: -1 }))).toBeUndefined()
  })

  it('forgets the route longest unused when it is full', () => {
    const cache = new RouteCache(2)
    for (const origin of ['A', 'B', 'A', 'C']) cache.remember(enriched(1, origin))
    expect(cache.size).toBe(2)
    expect(cache.recall(flight(1, { origin: 'B' }))).toBeUndefined()
    expect(cache.recall(flight(1, { origin: 'A' }))).toBeDefined()
  })
})
