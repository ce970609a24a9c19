import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { all } from '../../gates/all.ts'
import { breaker } from '../../gates/breaker/breaker.ts'
import { keyed } from '../../gates/keyed.ts'
import { limit } from '../../gates/limit/limit.ts'
import { rate } from '../../gates/rate/rate.ts'
import { seededRandom } from '../../kernel/random.ts'
import { Shed } from '../../kernel/shed.ts'
import { VirtualClock } from '../../testkit/virtual-clock.ts'
import { readSignals } from './read-signals.ts'
import { retrySeconds } from './retry-after.ts'
import { parseList } from './structured-list.ts'
import { parseTimestamp } from './timestamp.ts'
import { refusedBy, toHeaders } from './to-headers.ts'

const still = { next: () => 0 }

describe('toHeaders', () => {
  it('tells of a rate and of a limit in the fields of the current draft', () => {
    const clock = new VirtualClock()
    const gate = all([
      rate({ limit: 100, per: '1m', burst: 10, name: 'burst', clock }),
      limit(20, { name: 'conc', clock }),
      breaker({ clock }),
    ])
    expect(toHeaders(gate, { random: still })).toEqual({
      'ratelimit-policy': '"burst";q=100;w=60, "conc";q=20;qu="concurrent-requests"',
      ratelimit: '"burst";r=10, "conc";r=20',
    })
  })

  it('writes the older drafts about the rate with the least left', () => {
    const clock = new VirtualClock()
    const gate = all([
      rate({ limit: 50, burst: 5, clock }),
      rate({ limit: 600, per: '1m', burst: 3, clock }),
      limit(1, { clock }),
    ])
    expect(toHeaders(gate, { version: 'draft-7', random: still })).toEqual({
      'ratelimit-policy': '10;w=1',
      ratelimit: 'limit=10, remaining=10, reset=1',
    })
    expect(toHeaders(gate, { version: 'draft-6', random: still })).toEqual({
      'ratelimit-policy': '10;w=1',
      'ratelimit-limit': '10',
      'ratelimit-remaining': '10',
      'ratelimit-reset': '1',
    })
    expect(toHeaders(gate, { trio: true, random: still })).toMatchObject({
      'ratelimit-remaining': '10',
      ratelimit: '"rate";r=5, "rate";r=3, "limit";r=1',
    })
    expect(toHeaders(limit(3), { version: 'draft-7' })).toEqual({})
  })

  it('shows of a keyed gate the part of the key that asks, and no other', () => {
    const clock = new VirtualClock()
    const gate = keyed(() => rate({ limit: 10, burst: 4, clock }), { name: 'tenants', clock })
    for (const key of ['secret-tenant', 'mine', 'mine']) gate.tryAcquire({ key })
    expect(toHeaders(gate, { key: 'mine', random: still })).toEqual({
      'ratelimit-policy': '"tenants";q=10;w=1',
      ratelimit: '"tenants";r=2',
    })
    expect(toHeaders(gate, { random: still }).ratelimit).toBe('"tenants";r=4') // who has no key has a part as well
  })

  it('names a reset only where nothing is left for a second and more: a rate comes back piece by piece', () => {
    const clock = new VirtualClock()
    const [fast, slow] = [rate({ limit: 100, burst: 1, clock }), rate({ limit: 6, per: '1m', burst: 1, clock })]
    for (const gate of [fast, slow]) gate.tryAcquire()
    expect(toHeaders(fast, { random: still }).ratelimit).toBe('"rate";r=0')
    expect(toHeaders(slow, { random: still }).ratelimit).toBe('"rate";r=0;t=10')
    // The older two name one always: until then there is what is left and what comes back.
    expect(toHeaders(fast, { version: 'draft-7', random: still }).ratelimit).toBe('limit=100, remaining=100, reset=1')
    expect(toHeaders(slow, { version: 'draft-7', random: still }).ratelimit).toBe('limit=1, remaining=0, reset=10')
  })

  it('refuses a version that it does not know', () => {
    expect(() => toHeaders(limit(1), { version: 'draft-3' as 'draft-6' })).toThrow(
      "version: expected one of draft-10, draft-7, draft-6, got 'draft-3'",
    )
  })
})

describe('a refusal', () => {
  it('is 429 for a rate and 503 for everything else, with problem details', () => {
    const shed = (reason: Shed['reason']): Shed => new Shed({ reason, gate: 'api', retryAfterMs: 1500, level: 2 })
    const quota = refusedBy(shed('rate'), { random: still })
    expect(quota.status).toBe(429)
    expect(quota.headers).toEqual({
      'retry-after': '2',
      'retry-after-ms': '1500',
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
    })
    expect(JSON.parse(quota.body)).toEqual({
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      title: 'Request cannot be satisfied as assigned quota has been exceeded',
      status: 429,
      detail: expect.stringContaining('api refused work (rate)'),
      waitedMs: 0,
      waiting: 0,
      'violated-policies': ['api'],
      reason: 'rate',
      gate: 'api',
      level: 2,
      retryAfterMs: 1500,
    })
    for (const reason of ['limit', 'line', 'deadline', 'open', 'evicted', 'closed'] as const) {
      const { status, body } = refusedBy(shed(reason))
      expect({ status, type: (JSON.parse(body) as { type: string }).type }).toEqual({
        status: 503,
        type: 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity',
      })
    }
    expect(refusedBy(shed('limit'), { kind: () => 'abnormal-usage-detected' }).status).toBe(429)
  })

  it('is ASCII whatever the gate is called, so that its length in characters is that in bytes', () => {
    const gate = 'größe "東" 👍 \u2028'
    const { body } = refusedBy(new Shed({ reason: 'rate', gate, retryAfterMs: 0, level: 1 }))
    expect(Buffer.byteLength(body)).toBe(body.length)
    expect(JSON.parse(body)).toMatchObject({ gate, 'violated-policies': [gate] })
  })

  it('spreads its waits, and never asks for less than the gate did', () => {
    const random = seededRandom(3)
    for (const ms of [0, 1, 999, 1000, 1001, 30_000, 1e12, Number.NaN, Infinity]) {
      const seen = new Set(Array.from({ length: 200 }, () => retrySeconds(ms, random)))
      const least = Math.max(1, Math.ceil(Math.min(ms || 0, 86_400_000) / 1000))
      expect(Math.min(...seen)).toBeGreaterThanOrEqual(least)
      expect(retrySeconds(ms, still)).toBe(least)
      expect(seen.size).toBeGreaterThan(1)
      expect(Math.max(...seen)).toBeLessThanOrEqual(least + Math.max(1, Math.ceil(least / 5)))
    }
  })
})

describe('reading', () => {
  const clock = new VirtualClock()
  const read = (headers: Record<string, string | string[]>) => readSignals(headers, clock)

  it('understands what we write, in every version', () => {
    const gate = all([rate({ limit: 100, per: '1m', burst: 10, name: 'a "b"', clock }), limit(4, { name: 'ü', clock })])
    expect(readSignals(new Headers(toHeaders(gate)), clock).quotas).toEqual([
      { name: 'a "b"', unit: 'requests', limit: 100, remaining: 10, windowMs: 60_000 },
      { name: '_', unit: 'concurrent-requests', limit: 4, remaining: 4 },
    ])
    for (const version of ['draft-7', 'draft-6'] as const) {
      expect(read(toHeaders(gate, { version })).quotas).toEqual([
        { name: 'default', unit: 'requests', limit: 100, remaining: 100, resetMs: 60_000, windowMs: 60_000 },
      ])
    }
  })

  it('understands the X-RateLimit of before, with a reset as a time or as seconds', () => {
    const at = Math.round(clock.wall() / 1000) + 90
    for (const reset of [String(at), '90']) {
      const [quota] = read({
        'x-ratelimit-limit': '60',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': reset,
      }).quotas
      expect(quota).toMatchObject({ limit: 60, remaining: 0 })
      expect(quota?.resetMs).toBeCloseTo(90_000, -4)
    }
  })

  it.each([
    ['120', 120_000],
    ['0', 0],
    ['-5', 0],
    ['1.5', 1500],
    ['99999999999', 86_400_000],
    ['1e99', undefined],
    ['soon', undefined],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 0],
    ['', undefined],
  ])('takes Retry-After: %s as %s ms', (value, ms) => {
    expect(read({ 'retry-after': value }).retryAfterMs).toBe(ms)
  })

  it('compares a date with the clock of the server that sent it', () => {
    const headers = { 'retry-after': 'Sun, 06 Nov 1994 08:50:37 GMT', date: 'Sun, 06 Nov 1994 08:49:37 GMT' }
    expect(read(headers).retryAfterMs).toBe(60_000)
  })

  it.each([
    ['250', { retryAfterMs: 250, mayNotRetry: false }],
    ['-1', { mayNotRetry: true }],
    ['never', { mayNotRetry: true }],
  ])('takes a gRPC pushback of %s', (value, expected) => {
    expect(read({ 'grpc-retry-pushback-ms': value })).toEqual({ quotas: [], ...expected })
  })

  it('reads dates as HTTP and RFC 3339 write them', () => {
    const at = 784_111_777_000
    for (const text of [
      'Sun, 06 Nov 1994 08:49:37 GMT',
      'Sunday, 06-Nov-94 08:49:37 GMT',
      'Sun Nov  6 08:49:37 1994',
      '1994-11-06T08:49:37Z',
      '1994-11-06T09:49:37+01:00',
    ])
      expect(parseTimestamp(text)).toBe(at)
    expect(parseTimestamp('2024-02-29T23:59:59.123456Z')).toBe(Date.UTC(2024, 1, 29, 23, 59, 59, 123))
    for (const text of ['Sun, 99 Nov 1994 08:49:37 GMT', '1994-13-06T08:49:37Z', 'x'.repeat(100)])
      expect(parseTimestamp(text)).toBeUndefined()
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('2199-01-01'), noInvalidDate: true }), (date) => {
        expect(parseTimestamp(date.toUTCString())).toBe(Math.floor(date.getTime() / 1000) * 1000)
        expect(parseTimestamp(date.toISOString())).toBe(date.getTime())
      }),
    )
  })

  it('never throws, and stays small, whatever the headers hold', () => {
    const names = [
      'retry-after',
      'ratelimit',
      'ratelimit-policy',
      'ratelimit-limit',
      'ratelimit-remaining',
      'ratelimit-reset',
      'x-ratelimit-reset',
      'x-ratelimit-remaining',
      'grpc-retry-pushback-ms',
      'retry-after-ms',
      'date',
    ]
    const alphabet = '"\\;=,:?-. \t09azqrtwpk*{}[]'.split('')
    const hostile = fc.oneof(
      fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 60 }),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('"a";r=1;t=999999999999999', '-1', '9'.repeat(400), 'NaN', '1e400', '"'.repeat(5000)),
    )
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), hostile), (headers) => {
        const { retryAfterMs = 0, quotas } = read(headers)
        expect(retryAfterMs).toBeGreaterThanOrEqual(0)
        expect(retryAfterMs).toBeLessThanOrEqual(86_400_000)
        expect(quotas.length).toBeLessThanOrEqual(32)
        for (const { limit = 0, remaining = 0, resetMs = 0, windowMs = 0 } of quotas) {
          for (const value of [limit, remaining]) expect(value >= 0 && value < Infinity).toBe(true)
          for (const ms of [resetMs, windowMs]) expect(ms >= 0 && ms <= 86_400_000).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('takes a list that breaks the grammar, or is too long, as absent', () => {
    for (const field of ['"a', '"a",', 'a b', ',a', '"a";=1', Array.from({ length: 17 }, () => '"a"').join(), '()'])
      expect(parseList(field)).toEqual([])
    expect(parseList('"a";q=1 ,\t"b";w;x=:QQ==:;y=?0')).toHaveLength(2)
    const before = process.cpuUsage().user
    parseList(`"${'\\"'.repeat(2000)}`)
    parseList(';'.repeat(4000))
    expect(process.cpuUsage().user - before).toBeLessThan(200_000)
  })

  it('never takes a member of every object for a header', () => {
    expect(readSignals({}, clock)).toEqual({ mayNotRetry: false, quotas: [] })
    expect(read({ 'retry-after': ['7', '9'] }).retryAfterMs).toBeUndefined()
    expect(readSignals({ 'retry-after': 7 }, clock).retryAfterMs).toBe(7000)
  })
})
