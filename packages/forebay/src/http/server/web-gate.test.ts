import { afterEach, describe, expect, it } from 'vitest'
import { all } from '../../gates/all.ts'
import { serviceLadder } from '../../gates/ladder/service-ladder.ts'
import { limit } from '../../gates/limit/limit.ts'
import { rate } from '../../gates/rate/rate.ts'
import { VirtualClock, settled } from '../../testkit/virtual-clock.ts'
import { callOf, disableScope } from '../call/scope.ts'
import { honoGate } from './hono-gate.ts'
import { webGate } from './web-gate.ts'

afterEach(disableScope)

function rig() {
  const clock = new VirtualClock()
  const gate = limit(1, { clock, name: 'web', line: { hold: '1m', max: 5 } })
  return { clock, gate, serve: webGate<Request>({ gate, advertise: true }) }
}
const page = (init?: RequestInit): Request => new Request('http://localhost/', init)

describe('a gate in front of web requests', () => {
  it('holds its permit until the body has been read', async () => {
    const { gate, serve } = rig()
    const response = await serve(page(), () => new Response('text', { status: 201 }))
    expect(gate.stats.inUse).toBe(1)
    expect([response.status, await response.text()]).toEqual([201, 'text'])
    expect(gate.stats.inUse).toBe(0)
    expect(response.headers.get('ratelimit-policy')).toBe('"web";q=1;qu="concurrent-requests"')
  })

  it('gives it back for a body that is cancelled or fails, for none, and for a handler that throws', async () => {
    const { gate, serve } = rig()
    const cancelled = await serve(page(), () => new Response(new ReadableStream({ pull() {} })))
    await cancelled.body?.cancel('enough')
    expect(gate.stats.inUse).toBe(0)
    const failing = new ReadableStream({ pull: (controller) => controller.error(new Error('torn')) })
    await expect((await serve(page(), () => new Response(failing))).text()).rejects.toThrow('torn')
    expect(gate.stats.inUse).toBe(0)
    expect((await serve(page(), () => new Response(null, { status: 204 }))).headers.get('ratelimit')).toBe('"web";r=1')
    await expect(
      serve(page(), () => {
        throw new Error('boom')
      }),
    ).rejects.toThrow('boom')
    expect(gate.stats).toMatchObject({ admitted: 4, inUse: 0 })
  })

  it('gives each request the rung of when it came, and tells it in the answer', async () => {
    const clock = new VirtualClock()
    const gate = limit(2, { clock })
    const ladder = serviceLadder(gate, ['full', 'cached'], { hold: '1s' })
    const serve = webGate<Request>({ gate, ladder })
    const ask = async (): Promise<(string | null | undefined)[]> => {
      const request = page()
      const response = await serve(request, () => new Response(callOf(request)?.rung ?? 'none'))
      return [response.headers.get('x-rung'), await response.text()]
    }
    expect(await ask()).toEqual(['full', 'full'])
    const busy = gate.tryAcquire()
    const other = gate.tryAcquire()
    for (let i = 0; i < 30; i++) {
      void ladder.rung
      clock.advanceSync(50)
    }
    other?.release()
    expect(await ask()).toEqual(['cached', 'cached'])
    busy?.release()
    expect(() => webGate<Request>({ gate, ladder: {} as typeof ladder })).toThrow(
      'ladder: expected one of serviceLadder',
    )
  })

  it('gives it back and cancels the body when the answer cannot be judged or told of', async () => {
    const clock = new VirtualClock()
    const gate = limit(1, { clock })
    const boom = (): never => {
      throw new TypeError('boom')
    }
    const reasons: unknown[] = []
    const answer = (): Response => new Response(new ReadableStream({ cancel: (reason) => void reasons.push(reason) }))
    await expect(webGate<Request>({ gate, outcome: boom })(page(), answer)).rejects.toThrow('boom')
    expect(gate.stats.inUse).toBe(0)
    const both = all([gate, rate({ limit: 1, per: '1s', clock })])
    const told = webGate<Request>({ gate: both, advertise: true, random: { next: boom } })
    await expect(told(page(), answer)).rejects.toThrow('boom')
    expect(gate.stats.inUse).toBe(0)
    expect(reasons).toEqual([new TypeError('boom'), new TypeError('boom')])
    const far = Object.defineProperty(new Response('text'), 'status', { value: 999 })
    const passed = await webGate<Request>({ gate })(page(), () => far)
    expect([passed.status, await passed.text(), gate.stats.inUse]).toEqual([999, 'text', 0])
  })

  it('sheds, and takes a client that goes out of the line', async () => {
    const { clock, gate, serve } = rig()
    gate.tryAcquire()
    const shed = await serve(page({ headers: { 'x-deadline': '0' } }), () => new Response())
    expect([shed.status, shed.headers.get('content-type')]).toEqual([503, 'application/problem+json'])
    const controller = new AbortController()
    const request = page({ signal: controller.signal })
    const waiting = serve(request, () => new Response())
    expect(gate.stats.waiting).toBe(1)
    controller.abort()
    expect(gate.stats.waiting).toBe(0)
    expect((await waiting).status).toBe(499)
    expect(callOf(request)?.signal.aborted).toBe(true)
    await clock.advance(100)
    expect(clock.pending).toBe(0)
  })

  it('does no work for a client that has gone before it came', async () => {
    const { gate, serve } = rig()
    let calls = 0
    const request = page({ signal: AbortSignal.abort() })
    const response = await serve(request, () => new Response(String(++calls)))
    expect([response.status, calls]).toEqual([499, 0])
    expect(callOf(request)?.signal.aborted).toBe(true)
    expect(gate.stats).toMatchObject({ admitted: 0, inUse: 0 })
  })

  it('tells of the gate in answers whose headers cannot be changed, and leaves upgrades as they are', async () => {
    const { gate, serve } = rig()
    const redirect = await serve(page(), () => Response.redirect('http://localhost/next', 307))
    expect([redirect.status, redirect.headers.get('location')]).toEqual([307, 'http://localhost/next'])
    expect(redirect.headers.get('ratelimit')).toBe('"web";r=1')
    const error = Response.error() // no status, and immutable too: as an upgrade is
    expect(await serve(page(), () => error)).toBe(error)
    expect(gate.stats.inUse).toBe(0)
  })

  it('serves Hono where there is no Node beneath', async () => {
    const { gate } = rig()
    const context = { req: { raw: page() }, env: {}, res: new Response() }
    await honoGate({ gate })(context, async () => {
      await settled()
      context.res = new Response('hello')
    })
    expect(gate.stats.inUse).toBe(1)
    expect(await context.res.text()).toBe('hello')
    expect(gate.stats.inUse).toBe(0)
  })
})
