import { afterEach, describe, expect, it } from 'vitest'
import { all } from '../../gates/all.ts'
import { adaptiveRate } from '../../gates/rate/adaptive-rate.ts'
import { budget } from '../../gates/admit/budget.ts'
import { breaker } from '../../gates/breaker/breaker.ts'
import { limit } from '../../gates/limit/limit.ts'
import { VirtualClock, settled } from '../../testkit/virtual-clock.ts'
import { ServedCall } from '../call/inbound-call.ts'
import { disableScope, runInCall } from '../call/scope.ts'
import { obey } from '../signals/obey.ts'
import { gatedFetch } from './gated-fetch.ts'
import type { GatedFetchOptions } from './gated-fetch.ts'

afterEach(disableScope)

type Sent = { url: string; init: RequestInit & { headers: Headers; signal: AbortSignal } }

/** A client whose answers are made here. */
function rig(
  answer: (n: number, sent: Sent) => Response | Promise<Response>,
  options: Partial<GatedFetchOptions<typeof fetch>> = {},
) {
  const clock = new VirtualClock()
  const gate = limit(2, { clock, line: { hold: '1m' } })
  const sent: Sent[] = []
  const call = gatedFetch<typeof fetch>({
    gate,
    random: { next: () => 0 },
    fetch: async (input, init) => {
      const one = { url: input as string, init: init as Sent['init'] }
      return answer(sent.push(one), one)
    },
    ...options,
  })
  return { clock, gate, sent, call }
}
const failure = (error: unknown): unknown => error
const url = 'http://prices.test/v1'

describe('a fetch behind a gate', () => {
  it('holds its permit until the body of the answer has ended', async () => {
    const { gate, call } = rig(() => new Response('text', { headers: { 'x-own': '1' } }))
    const response = await call(url)
    expect(gate.stats.inUse).toBe(1)
    expect([response.headers.get('x-own'), await response.text()]).toEqual(['1', 'text'])
    expect(gate.stats.inUse).toBe(0)
    await (await call(url)).body?.cancel()
    expect(gate.stats.inUse).toBe(0)
    await rig(() => new Response(null)).call(url)
    expect(gate.stats.inUse).toBe(0)
  })

  it('gives it back when the call fails, and lets nobody in who would be too many', async () => {
    const { gate, call, sent } = rig((n) => (n === 1 ? Promise.reject(new TypeError('no route')) : new Response('x')))
    await expect(call(url)).rejects.toThrow('no route')
    expect(gate.stats.inUse).toBe(0)
    const open = [await call(url), await call(url)]
    const third = call(url)
    await settled()
    expect(sent).toHaveLength(3)
    await open[0]?.text()
    expect((await third).status).toBe(200)
  })

  it('passes on answers that no Response can be made of, and holds nothing for them afterwards', async () => {
    const odd = (status: number, statusText: string): Response =>
      Object.defineProperties(new Response('text', { headers: { 'x-own': '1' } }), {
        status: { value: status },
        statusText: { value: statusText },
        ok: { value: status < 300 },
      })
    const answers = [odd(999, 'Request denied'), odd(200, 'gut 👍'), odd(204, 'No Content')]
    const { gate, call } = rig((n) => answers[n - 1] as Response)
    const seen: unknown[] = []
    for (const _ of answers) {
      const response = await call(url)
      const { status, statusText, ok, headers } = response
      seen.push([status, statusText, ok, headers.get('x-own'), await response.text()])
      expect(gate.stats.inUse).toBe(0)
    }
    expect(seen).toEqual([
      [999, 'Request denied', false, '1', 'text'],
      [200, 'gut 👍', true, '1', 'text'],
      [204, 'No Content', true, '1', 'text'],
    ])
  })

  it('gives it back, cancels the body and lets go of its caller when the answer cannot be judged', async () => {
    let cancelled: unknown
    const { gate, call, sent } = rig(
      () => new Response(new ReadableStream({ cancel: (reason) => (cancelled = reason) })),
      {
        outcome: () => {
          throw new TypeError('no such status')
        },
        retry: { max: 3 },
      },
    )
    const caller = new AbortController()
    const init = { method: 'POST', signal: caller.signal }
    const error: unknown = await call(url, init).catch(failure)
    expect(error).toMatchObject({ message: 'no such status' })
    expect([gate.stats.inUse, sent.length, cancelled]).toEqual([0, 1, error])
    caller.abort()
    expect(sent[0]?.init.signal.aborted).toBe(false)
  })

  it('closes the origin that asked to wait, and not another', async () => {
    const { clock, gate, sent, call } = rig((n) =>
      n === 1 ? new Response('slow down', { status: 429, headers: { 'retry-after': '2' } }) : new Response('ok'),
    )
    const refused = await call(url)
    expect([refused.status, await refused.text()]).toEqual([429, 'slow down'])
    const later = call(url)
    expect(await (await call('http://other.test/')).text()).toBe('ok')
    await clock.advance(1999)
    expect(sent).toHaveLength(2)
    expect(gate.stats.inUse).toBe(0)
    await clock.advance(1)
    expect(await (await later).text()).toBe('ok')
  })

  it('closes it for a quota that is used up, and not for a Retry-After that is no refusal', async () => {
    const headers = { 'ratelimit-policy': '"burst";q=10;w=60', ratelimit: '"burst";r=0;t=30' }
    const peer = obey({ clock: new VirtualClock() })
    const { call } = rig((n) => new Response('x', n === 1 ? { headers: { 'retry-after': '9' } } : { headers }), {
      obey: peer,
    })
    await (await call(url)).text()
    expect(peer.closedMs('http://prices.test')).toBe(0)
    await (await call(url)).text()
    expect(peer.closedMs('http://prices.test')).toBe(30_000)
  })

  it('advises an adaptive rate with every quota of requests', async () => {
    const clock = new VirtualClock()
    const gate = all(
      [adaptiveRate({ max: 1000, burst: 1000, clock, random: { next: () => 0 } }), limit(50, { clock })],
      { line: { hold: '5m' } },
    )
    const headers = {
      'ratelimit-policy': '"burst";q=10;w=10, "day";q=9;w=86400',
      ratelimit: '"burst";r=7;t=5, "day";r=2;t=60',
    }
    const { call, sent } = rig(() => new Response('x', { headers }), { gate, clock })
    await (await call(url)).text()
    const more = [1, 2, 3].map(() => call(url).then((response) => response.text()))
    await clock.advance(59_000)
    expect(sent).toHaveLength(3)
    await clock.advance(1000)
    expect(sent).toHaveLength(4)
    await Promise.all(more)
  })

  it('tells a breaker what a status says', async () => {
    const clock = new VirtualClock()
    const gate = breaker({ consecutive: 2, clock })
    const { call } = rig((n) => new Response('x', { status: n === 1 ? 429 : 500 }), { gate, clock })
    await (await call(url)).text()
    expect(gate.inspect().state).toBe('closed')
    await (await call(url)).text()
    expect(gate.inspect().state).toBe('open')
    await expect(call(url)).rejects.toMatchObject({ reason: 'open' })
  })

  it('passes on what is left of a deadline and the level, and stops at the one', async () => {
    const { clock, gate, sent, call } = rig((_, { init }) => {
      return new Promise((_resolve, reject) =>
        init.signal.addEventListener('abort', () => reject(init.signal.reason as Error)),
      )
    })
    const served = new ServedCall('t', 2, clock.now() + 500, clock)
    const answer = runInCall(served, () => call(url, { headers: { accept: 'text/plain' } })).catch(failure)
    await clock.advance(100)
    expect(Object.fromEntries(sent[0]!.init.headers)).toEqual({
      accept: 'text/plain',
      'x-deadline': '500',
      'x-level': '2',
    })
    await clock.advance(400)
    expect(await answer).toMatchObject({ code: 'FOREBAY_TIMEOUT' })
    expect(gate.stats.inUse).toBe(0)
    expect(await runInCall(served, () => call(url)).catch(failure)).toMatchObject({ reason: 'deadline' })
  })

  it('gives up an answer that does not begin in time, but not one that has begun', async () => {
    const hang = (_: number, { init }: Sent): Promise<Response> =>
      new Promise((_resolve, reject) =>
        init.signal.addEventListener('abort', () => reject(init.signal.reason as Error)),
      )
    const slow = rig(hang, { timeout: '1s' })
    const answer = slow.call(url).catch(failure)
    await slow.clock.advance(1000)
    expect(await answer).toMatchObject({ code: 'FOREBAY_TIMEOUT', retryable: true })
    const begun = rig((_, { init }) => new Response(init.signal.aborted ? 'no' : 'yes'), { timeout: '1s' })
    const response = await begun.call(url)
    await begun.clock.advance(5000)
    expect(begun.sent[0]?.init.signal.aborted).toBe(false)
    expect(await response.text()).toBe('yes')
    expect(begun.clock.pending).toBe(0)
  })

  it('leaves the line when its caller aborts, and leaves nothing on the signal of the caller', async () => {
    const { gate, sent, call } = rig(() => new Response('x'))
    const controller = new AbortController()
    let listeners = 0
    const { signal } = controller
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...given: Parameters<typeof add>) => (listeners++, add(...given))
    signal.removeEventListener = (...given: Parameters<typeof remove>) => (listeners--, remove(...given))
    await (await call(url, { signal })).text()
    expect(listeners).toBe(0)
    const held = [gate.tryAcquire(), gate.tryAcquire()]
    const waiting = call(url, { signal }).catch(failure)
    await settled()
    expect(gate.stats.waiting).toBe(1)
    controller.abort('enough')
    expect(await waiting).toMatchObject({ code: 'FOREBAY_CANCELLED', cause: 'enough' })
    expect([gate.stats.waiting, sent.length]).toEqual([0, 1])
    for (const permit of held) permit?.release()
  })
})

describe('a retry of fetch', () => {
  const busy = (headers: Record<string, string> = {}): Response => new Response('busy', { status: 503, headers })
  const retry = { max: 3, backoff: { base: 10, jitter: 'none' as const } }

  it('waits as long as the other side asks, with its permit given back, and asks one level lower', async () => {
    const levels: (string | null)[] = []
    const { clock, gate, sent, call } = rig(
      (n, { init }) => (
        levels.push(init.headers.get('x-level')),
        n === 1 ? busy({ 'retry-after': '3' }) : new Response('ok')
      ),
      { retry },
    )
    const answer = call(url)
    await clock.advance(2999)
    expect([sent.length, gate.stats.inUse]).toEqual([1, 0])
    await clock.advance(11)
    expect(await (await answer).text()).toBe('ok')
    expect(levels).toEqual([null, '2'])
  })

  it('spends a budget, and gives the answer as it is when there is none left', async () => {
    const { clock, sent, call } = rig(() => busy(), {
      retry: { ...retry, budget: budget({ ratio: 0, minPerSecond: 0.1, window: '10s' }) },
    })
    const answer = call(url)
    await clock.advance(1000)
    expect(await (await answer).text()).toBe('busy')
    expect(sent).toHaveLength(2)
  })

  it.each([
    ['the other side asks not to be asked again', () => busy({ 'x-should-retry': 'false' }), {}],
    ['a POST has failed for another reason than load', () => new Response('x', { status: 500 }), { method: 'POST' }],
    ['its body can be sent only once', () => busy(), { method: 'PUT', body: new ReadableStream(), duplex: 'half' }],
  ])('is not made when %s', async (_, answer, init) => {
    const { clock, sent, call } = rig(answer, { retry })
    const first = call(url, init as RequestInit)
    await clock.advance(1000)
    await (await first).text()
    expect(sent).toHaveLength(1)
  })

  it('repeats a POST that was refused for load, and a GET that found nobody', async () => {
    const post = rig((n) => (n === 1 ? busy() : new Response('ok')), { retry })
    const posted = post.call(url, { method: 'POST', body: 'text' })
    await post.clock.advance(100)
    expect(await (await posted).text()).toBe('ok')
    const get = rig((n) => (n < 3 ? Promise.reject(new TypeError('refused')) : new Response('ok')), { retry })
    const got = get.call(url)
    await get.clock.advance(100)
    expect(await (await got).text()).toBe('ok')
    expect(get.gate.stats.inUse).toBe(0)
  })

  it('is checked when it is given', () => {
    expect(() => rig(() => busy(), { retry: { max: -1 } })).toThrow(/^retry\.max: /)
    expect(() => rig(() => busy(), { level: 7 as 0 })).toThrow(/^level: /)
    expect(() => rig(() => busy(), { timeout: -1 })).toThrow(/^timeout: /)
  })
})
