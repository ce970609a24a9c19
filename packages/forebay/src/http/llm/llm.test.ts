import { describe, expect, it } from 'vitest'
import { VirtualClock, settled } from '../../testkit/virtual-clock.ts'
import { readSignals } from '../signals/read-signals.ts'
import { llm } from './llm.ts'
import { retryHintOf } from './retry-hint.ts'

const failure = (error: unknown): unknown => error

describe('what providers say', () => {
  const clock = new VirtualClock()
  const quotas = (headers: Record<string, string>) => readSignals(headers, clock).quotas

  it.each([
    ['6m0s', 360_000],
    ['1s', 1000],
    ['20ms', 20],
    ['1h2m3.5s', 3_723_500],
    ['1d0h', 86_400_000],
    ['0s', 0],
    ['8.64s', 8640],
    ['12', 12_000],
    ['99999d', 86_400_000],
    ['', undefined],
    ['-3s', undefined],
    ['soon', undefined],
  ])('is read from OpenAI with a reset of %s', (reset, resetMs) => {
    const [quota] = quotas({
      'x-ratelimit-limit-tokens': '150000',
      'x-ratelimit-remaining-tokens': '149984',
      'x-ratelimit-reset-tokens': reset,
    })
    expect(quota).toEqual({
      name: 'tokens',
      unit: 'tokens',
      limit: 150_000,
      remaining: 149_984,
      ...(resetMs !== undefined && { resetMs }),
    })
  })

  it('is read from Anthropic, with resets as times of its own clock', () => {
    expect(
      quotas({
        date: 'Sun, 06 Nov 1994 08:49:37 GMT',
        'anthropic-ratelimit-requests-limit': '50',
        'anthropic-ratelimit-requests-remaining': '0',
        'anthropic-ratelimit-requests-reset': '1994-11-06T08:49:40Z',
        'anthropic-ratelimit-input-tokens-remaining': '-7',
        'anthropic-ratelimit-input-tokens-reset': 'never',
      }),
    ).toEqual([
      { name: 'requests', unit: 'requests', limit: 50, remaining: 0, resetMs: 3000 },
      { name: 'input-tokens', unit: 'input-tokens', remaining: 0 },
    ])
  })

  it('is read from the body of Google, and nothing is read from another', () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '39.5s' }]
    expect(retryHintOf(JSON.stringify({ error: { code: 429, details } }, null, 2))).toBe(39_500)
    for (const body of ['', '{"retryDelay": "soon"}', '"retryDelay":"1e9s"', 'x'.repeat(1e6)])
      expect(retryHintOf(body)).toBeUndefined()
  })
})

describe('a gate for a language model', () => {
  it('reserves the estimate and settles what was used', async () => {
    const clock = new VirtualClock()
    const model = llm({ tokens: '10000/m', concurrency: 10, clock }) // 1,000 at once
    const [, tokens] = model.inspect().parts ?? []
    expect(tokens).toMatchObject({ name: 'llm.tokens', credit: 1000 })
    const left = (): number | undefined => model.inspect().parts?.[1]?.credit
    const answer = await model.call(() => ({ text: 'hi', total: 300 }), { estimate: 900, usage: ({ total }) => total })
    expect([answer.text, left()]).toEqual(['hi', 700])
    await model.call(() => 'no usage told', { estimate: 200 })
    expect(left()).toBe(500)
    await model.call(() => 'more than thought', { estimate: 100, usage: () => 600 })
    expect(left()).toBe(0)
    const later = model.call(() => 'later', { estimate: 100 })
    await settled()
    expect(model.stats.waiting).toBe(1)
    await clock.advance(1300)
    expect(await later).toBe('later')
  })

  it.each([null, -1, Number.NaN, Infinity, '12', {}])(
    'keeps an answer and its estimate when its usage is %s',
    async (told) => {
      const clock = new VirtualClock()
      const model = llm({ tokens: '10000/m', clock })
      let count = 0
      const answer = model.call(() => ++count, { estimate: 900, usage: () => told as number, retry: { max: 2 } })
      await clock.advance(10)
      expect(await Promise.race([answer, Promise.resolve('tried again')])).toBe(1)
      expect(count).toBe(1)
      expect(model.inspect().parts?.[1]?.credit).toBe(101) // 1,000 at once, and what came in the meantime
    },
  )

  it('keeps an answer whose usage cannot be read', async () => {
    const clock = new VirtualClock()
    const model = llm({ tokens: '10000/m', clock })
    let count = 0
    const answer = model.call<{ count: number; usage?: { total: number } }>(() => ({ count: ++count }), {
      estimate: 900,
      usage: ({ usage }) => (usage as { total: number }).total,
      retry: { max: 2 },
    })
    await clock.advance(10)
    expect(await answer).toEqual({ count: 1 })
    expect(model.inspect().parts?.[1]?.credit).toBe(101)
  })

  it('hears an error that carries a response, and ends with those that carry each other', async () => {
    const clock = new VirtualClock()
    const model = llm({ clock })
    const refusal = Object.assign(new Error('refused'), { response: { status: 503, headers: { 'retry-after': '5' } } })
    await expect(model.call(() => Promise.reject(refusal), { estimate: 1 })).rejects.toBe(refusal)
    expect(model.waitMs()).toBeGreaterThanOrEqual(5000)
    const [a, b] = [new Error('a'), new Error('b')]
    Object.assign(a, { response: b })
    Object.assign(b, { response: a })
    await expect(llm().call(() => Promise.reject(a), { estimate: 1 })).rejects.toBe(a)
  })

  it('counts requests and those that run, whatever they weigh', async () => {
    const clock = new VirtualClock()
    const model = llm({ requests: '30/m', tokens: '60000000/m', concurrency: 2, clock }) // 3 at once
    const ends: (() => void)[] = []
    const calls = Array.from({ length: 4 }, () =>
      model.call(() => new Promise<void>((end) => ends.push(end)), { estimate: 5000 }),
    )
    await settled()
    expect([ends.length, model.stats.waiting]).toEqual([2, 2])
    ends[0]?.()
    await settled()
    expect(ends).toHaveLength(3)
    ends[1]?.()
    await settled()
    expect(ends).toHaveLength(3) // the fourth waits for the pace now
    await clock.advance(2000)
    expect(ends).toHaveLength(4)
    for (const end of ends) end()
    await Promise.all(calls)
    expect(model.stats.inUse).toBe(0)
  })

  it('heeds what an answer says is left, until the reset', async () => {
    const clock = new VirtualClock()
    const model = llm({ clock })
    const headers = new Headers({ 'x-ratelimit-remaining-tokens': '500', 'x-ratelimit-reset-tokens': '10s' })
    await model.call(() => ({ status: 200, headers }), { estimate: 1 })
    const waiting = model.call(() => 'long', { estimate: 800 })
    await clock.advance(9000)
    expect(model.stats.waiting).toBe(1)
    await clock.advance(2000) // the end of a wait is spread by a tenth
    expect(await waiting).toBe('long')
  })

  it('stops for as long as a refusal asks, and tries again then', async () => {
    const clock = new VirtualClock()
    const model = llm({ clock })
    const at: number[] = []
    const refusal = Object.assign(new Error('429'), { status: 429, headers: { 'retry-after-ms': '1500' } })
    const call = model.call(
      () => {
        at.push(clock.now())
        if (at.length === 1) throw refusal
        return 'ok'
      },
      { estimate: 10, retry: { max: 1, backoff: { base: 0 } }, random: { next: () => 0 } },
    )
    const other = model.call(() => clock.now(), { estimate: 1 })
    await clock.advance(1499)
    expect(at).toEqual([0])
    await clock.advance(500)
    expect(await call).toBe('ok')
    expect(at[1]).toBeGreaterThanOrEqual(1500)
    expect(await other).toBeGreaterThanOrEqual(0)
  })

  it('slows down for an overload that names no time, and hears hints in a body', async () => {
    const clock = new VirtualClock()
    const model = llm({ requests: '600/m', clock })
    const limitOf = (): number | undefined => model.inspect().parts?.[0]?.limit
    const before = limitOf() as number
    await model
      .call(() => Promise.reject(Object.assign(new Error('overloaded'), { status: 529 })), { estimate: 1 })
      .catch(failure)
    expect(limitOf()).toBeLessThan(before)
    model.hear(429, {}, '{"error": {"details": [{"retryDelay": "7s"}]}}')
    expect(model.waitMs()).toBeGreaterThanOrEqual(7000)
  })

  it('checks what it is given', async () => {
    expect(() => llm({ tokens: 0 })).toThrow(/^tokens: /)
    expect(() => llm({ concurrency: 0 })).toThrow(/^concurrency: /)
    const model = llm()
    await expect(model.call(() => 1, { estimate: Number.NaN })).rejects.toThrow(/^estimate: /)
    expect(model.stats.inUse).toBe(0)
  })
})
