import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { NdjsonDoor } from './ndjson-door.ts'
import { receiveNdjson, type ReceiveNdjsonOptions } from './receive-ndjson.ts'

type Json = { id: number }

function opening(options: Partial<ReceiveNdjsonOptions<Json>> = {}): {
  flow: ReturnType<typeof receiveNdjson<Json>>
  door: Promise<NdjsonDoor<Json>>
} {
  let onOpen!: (door: NdjsonDoor<Json>) => void
  const door = new Promise<NdjsonDoor<Json>>((resolve) => (onOpen = resolve))
  return { flow: receiveNdjson({ parse: (line) => JSON.parse(line) as Json, onOpen, ...options }), door }
}

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `{"id":${from + i}}\n`).join('')

async function post(door: NdjsonDoor<Json>, body: string): Promise<{ status: number; accepted: number }> {
  const response = await fetch(`${door.url}/events`, { method: 'POST', body })
  const { accepted } = (await response.json()) as { accepted: number }
  return { status: response.status, accepted }
}

describe('receiveNdjson', () => {
  it('is a flow whose records are acknowledged when they have left it, and that ends when it is drained', async () => {
    const { flow, door: opened } = opening()
    const seen: number[] = []
    const run = flow
      .filter(({ id }) => id % 2 === 0)
      .batch(7, '5ms')
      .to((batch) => void seen.push(...batch.map(({ id }) => id)))
      .run()
    const door = await opened
    expect(await post(door, lines(0, 100))).toEqual({ status: 200, accepted: 100 })
    expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => i * 2))
    await run.drain()
    await run.done
    expect(run.inspect().ledger).toMatchObject({ in: 100, out: 100, inFlight: 0 })
    expect(run.inspect().balanced).toBe(true)
    await expect(fetch(`${door.url}/live`)).rejects.toThrow()
  })

  it('holds its clients back while the flow is busy, and answers each with 429 and its own count', async () => {
    const { flow, door: opened } = opening({ wait: 100 })
    let open!: () => void
    const gate = new Promise<void>((resolve) => (open = resolve))
    const taken: number[] = []
    const run = flow
      .to(async ({ id }) => {
        taken.push(id)
        if (taken.length > 10) await gate
      })
      .run()
    const door = await opened
    expect(await post(door, lines(0, 1000))).toEqual({ status: 429, accepted: 10 })
    expect(taken.length).toBe(11)
    open()
    expect(await post(door, lines(10, 1000))).toEqual({ status: 200, accepted: 990 })
    await run.drain()
    expect(new Set(taken).size).toBe(1000)
  })

  it('answers what is on its way before a drained run is over', async () => {
    const { flow, door: opened } = opening()
    const run = flow.to(() => sleep(5)).run()
    const door = await opened
    const answer = post(door, lines(0, 10_000))
    await sleep(100)
    await run.drain()
    const { status, accepted } = await answer
    expect(status).toBe(503)
    expect(accepted).toBe(run.inspect().ledger.out)
    expect(accepted).toBeGreaterThan(0)
  })

  it('never says that a record was accepted which the flow gave back when it was cancelled', async () => {
    const { flow, door: opened } = opening()
    let count = 0
    let stands = (): void => {}
    const stood = new Promise<void>((resolve) => (stands = resolve))
    const run = flow
      .batch(50)
      .to(() => {
        if (++count < 3) return undefined
        stands()
        return new Promise(() => {})
      })
      .run()
    const door = await opened
    const answer = post(door, lines(0, 1000))
    await stood
    run.cancel('enough')
    await expect(run.done).rejects.toMatchObject({ code: 'FOREBAY_CANCELLED' })
    expect(await answer).toEqual({ status: 503, accepted: 100 })
  })

  it('tells the clients what was accepted when the flow fails', async () => {
    const { flow, door: opened } = opening()
    const run = flow
      .map((json) => {
        if (json.id === 42) throw new Error('no')
        return json
      })
      .to(() => {})
      .run()
    run.done.catch(() => {})
    const door = await opened
    expect(await post(door, lines(0, 100))).toEqual({ status: 503, accepted: 42 })
    await expect(run.done).rejects.toThrow('no')
  })

  it('fails the run when it cannot listen', async () => {
    const { flow } = opening({ host: '203.0.113.1' })
    await expect(flow.to(() => {}).run().done).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' })
  })

  it('refuses bad options before anything runs', () => {
    expect(() => opening({ wait: 'soon' as never })).toThrow(/wait: expected/)
  })
})
