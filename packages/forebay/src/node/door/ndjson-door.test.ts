import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { Shed } from '../../kernel/shed.ts'
import { VirtualClock } from '../../testkit/virtual-clock.ts'
import type { NdjsonDoorOptions } from './door-options.ts'
import type { DoorRecord } from './door-request.ts'
import type { NdjsonDoor } from './ndjson-door.ts'
import { ndjsonDoor } from './ndjson-door.ts'

type Json = { id: number }

const open: NdjsonDoor<Json>[] = []
afterEach(async () => {
  for (const door of open.splice(0)) await door.close({ within: 0 })
})

async function opened(options: Partial<NdjsonDoorOptions<Json>> = {}): Promise<NdjsonDoor<Json>> {
  const door = ndjsonDoor<Json>({ parse: (line) => JSON.parse(line) as Json, ...options })
  open.push(door)
  await door.listen()
  return door
}

/** Takes every record as it comes and does `use` with it. */
function consume(door: NdjsonDoor<Json>, use: (record: DoorRecord<Json>) => void): void {
  const turn = (): void => {
    for (let record = door.take(); record !== undefined; record = door.take()) use(record)
  }
  door.onRecord(turn)
  turn()
}

async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 2000; i++) {
    if (isSo()) return
    await sleep(5)
  }
  throw new Error('it never came to be')
}

/** Its end, however it comes; `once` would reject when the socket is reset first. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.on('error', () => {}).once('close', () => resolve()))
}

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `{"id":${from + i}}\n`).join('')

async function post(
  door: NdjsonDoor<Json>,
  body: string | Uint8Array<ArrayBuffer>,
): Promise<{ status: number; json: any; after: string | null }> {
  const response = await fetch(`${door.url}/events`, { method: 'POST', body })
  return { status: response.status, json: await response.json(), after: response.headers.get('retry-after') }
}

/** Sends raw bytes and gives all that comes back until the connection ends. */
async function raw(door: NdjsonDoor<Json>, ...parts: (string | Uint8Array<ArrayBuffer>)[]): Promise<string> {
  const socket = connect(Number(new URL(door.url).port), '127.0.0.1')
  const end = closed(socket)
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk) => (text += chunk as unknown as string))
  for (const part of parts) {
    socket.write(part)
    await sleep(10)
  }
  await end
  return text
}

describe('what it takes', () => {
  it('answers with the count once every record has settled, and not before', async () => {
    const door = await opened()
    const taken: DoorRecord<Json>[] = []
    consume(door, (record) => taken.push(record))
    let isAnswered = false
    const answer = post(door, lines(0, 3)).finally(() => (isAnswered = true))
    await until(() => taken.length === 3)
    taken[2]!.lease.settle('stored')
    taken[0]!.lease.settle('done')
    await sleep(20)
    expect(isAnswered).toBe(false)
    taken[1]!.lease.settle('filtered')
    expect(await answer).toMatchObject({ status: 200, json: { accepted: 3 } })
  })

  it('takes CRLF, blank lines, a missing last newline and characters cut over chunks', async () => {
    const door = await opened()
    const seen: unknown[] = []
    consume(door, ({ value, lease }) => {
      seen.push(value)
      lease.settle('done')
    })
    const body = Buffer.from('{"id":1,"at":"Zürich"}\r\n\r\n{"id":2,"at":"東京🛬"}\n\n{"id":3}')
    const head = `POST /events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`
    const cutAt = body.indexOf(Buffer.from('ü')) + 1
    const cutAgain = body.indexOf(Buffer.from('🛬')) + 2
    const answer = await raw(
      door,
      head,
      body.subarray(0, cutAt),
      body.subarray(cutAt, cutAgain),
      body.subarray(cutAgain),
    )
    expect(answer).toContain('200 OK')
    expect(answer).toContain('{"accepted":3}')
    expect(seen).toEqual([{ id: 1, at: 'Zürich' }, { id: 2, at: '東京🛬' }, { id: 3 }])
  })

  it('answers an empty body with none accepted', async () => {
    expect(await post(await opened(), '')).toMatchObject({ status: 200, json: { accepted: 0 } })
  })

  it('works with curl, which asks before it sends a large body', async () => {
    const door = await opened()
    consume(door, ({ lease }) => lease.settle('done'))
    const curl = execFile('curl', ['-sS', '-i', '--data-binary', '@-', `${door.url}/events`])
    curl.stdin!.end(lines(0, 100_000))
    let text = ''
    for await (const chunk of curl.stdout!) text += chunk
    expect(text).toContain('100 Continue')
    expect(text).toContain('{"accepted":100000}')
  })

  it('serves many clients at once and each of them gets its own count', async () => {
    const door = await opened({ window: 16 })
    const held: DoorRecord<Json>[] = []
    consume(door, (record) => held.push(record))
    const timer = setInterval(() => {
      for (const record of held.splice(0).toReversed()) record.lease.settle('stored')
    }, 1)
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => post(door, lines(0, 50 + i))))
    clearInterval(timer)
    expect(answers.map((answer) => answer.json.accepted)).toEqual(Array.from({ length: 40 }, (_, i) => 50 + i))
    expect(door.inspect()).toMatchObject({ open: 0, unsettled: 0, refused: 0, answers: { 200: 40 } })
  })

  it('lets a short request pass a long one', async () => {
    const door = await opened()
    const long = post(door, lines(0, 20_000))
    await until(() => door.inspect().open === 1)
    const short = post(door, lines(50_000, 50_001))
    await until(() => door.inspect().open === 2)
    await sleep(50)
    const order: number[] = []
    consume(door, ({ value, lease }) => {
      order.push(value.id)
      lease.settle('done')
    })
    expect((await short).json.accepted).toBe(1)
    expect(order.indexOf(50_000)).toBeLessThanOrEqual(64)
    expect((await long).json.accepted).toBe(20_000)
  })

  it('hands out no more than the window before the first of them settles', async () => {
    const door = await opened({ window: 10 })
    const taken: DoorRecord<Json>[] = []
    consume(door, (record) => taken.push(record))
    const answer = post(door, lines(0, 25))
    await until(() => taken.length === 10)
    await sleep(20)
    expect(taken.length).toBe(10)
    for (let i = 0; i < 25; i++) {
      await until(() => taken.length > i)
      taken[i]!.lease.settle('done')
    }
    expect((await answer).json).toEqual({ accepted: 25 })
  })
})

describe('when the flow takes nothing', () => {
  it(
    'reads no more of 200 MB than a few chunks, stays flat, and goes on when the flow does',
    { timeout: 60_000 },
    async () => {
      const door = await opened({ parse: () => ({ id: 0 }), wait: '60s' })
      const chunk = Buffer.from(`${'x'.repeat(1023)}\n`.repeat(64))
      const total = 3200
      let written = 0
      const request = httpRequest(`${door.url}/events`, { method: 'POST' })
      const answer = once(request, 'response')
      const write = (): void => {
        while (written < total) {
          written++
          if (!request.write(chunk)) return void request.once('drain', write)
        }
        request.end()
      }
      globalThis.gc?.()
      const before = process.memoryUsage().rss
      write()
      let stoppedAt = -1
      while (stoppedAt !== written) {
        stoppedAt = written
        await sleep(300)
      }
      // What is gone from the client lies in the two sockets' buffers, which the system bounds, and one chunk here.
      expect(written * chunk.length).toBeLessThan(20e6)
      expect(process.memoryUsage().rss - before).toBeLessThan(30e6)
      let peak = 0
      let count = 0
      consume(door, ({ lease }) => {
        if (++count % 10_000 === 0) peak = Math.max(peak, process.memoryUsage().rss)
        lease.settle('stored')
      })
      const [response] = await answer
      expect(JSON.parse((await response.toArray()).join(''))).toEqual({ accepted: total * 64 })
      expect(peak - before).toBeLessThan(60e6)
    },
  )

  it('answers 429 after the stated wait, with the accepted count and the time that the measured rate gives', async () => {
    const clock = new VirtualClock()
    const door = await opened({ clock, random: { next: () => 0 } })
    const answer = post(door, lines(0, 1000))
    for (let i = 0; i < 100; i++) {
      await until(() => door.inspect().open === 1)
      let record: DoorRecord<Json> | undefined
      await until(() => (record = door.take()) !== undefined)
      await clock.advance(10)
      record!.lease.settle('stored')
    }
    await clock.advance(4990)
    expect(door.inspect().answers).toEqual({})
    await clock.advance(10)
    const { status, json, after } = await answer
    expect(status).toBe(429)
    expect(json.accepted).toBe(100)
    // 100 records in 6 s, and 900 to come
    expect(json.retryAfterMs).toBeGreaterThan(50_000)
    expect(json.retryAfterMs).toBeLessThan(60_000)
    expect(Number(after)).toBe(Math.ceil(json.retryAfterMs / 1000))
  })

  it('says at least a second, and counts to the first gap when records are still open', async () => {
    const clock = new VirtualClock()
    const door = await opened({ clock })
    const taken: DoorRecord<Json>[] = []
    consume(door, (record) => taken.push(record))
    const answer = post(door, lines(0, 5))
    await until(() => taken.length === 5)
    for (const i of [0, 1, 3, 4]) taken[i]!.lease.settle('stored')
    await clock.advance(5000)
    const { status, json, after } = await answer
    expect(status).toBe(429)
    expect(json.accepted).toBe(2)
    expect(Number(after)).toBeGreaterThanOrEqual(1)
    taken[2]!.lease.settle('stored') // late, and harmless
    expect(door.inspect()).toMatchObject({ unsettled: 0, accepted: 5 })
  })

  it('lets a client read the answer while it is still sending, discards at most 1 MiB, and closes', async () => {
    const clock = new VirtualClock()
    const door = await opened({ clock })
    const socket = connect(Number(new URL(door.url).port), '127.0.0.1')
    const end = closed(socket)
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk) => (text += chunk as unknown as string))
    socket.write('POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000000\r\n\r\n')
    const chunk = lines(0, 5000)
    const feed = (): void => {
      while (!socket.destroyed) if (!socket.write(chunk)) return void socket.once('drain', feed)
    }
    feed()
    await until(() => door.inspect().open === 1)
    await sleep(100)
    await clock.advance(5000)
    await until(() => text.includes('retryAfterMs'))
    expect(text).toContain('429')
    expect(text.toLowerCase()).toContain('connection: close')
    await end
  })

  it('passes on the time that a refusing flow asks for', async () => {
    const door = await opened()
    consume(door, ({ lease, value }) => {
      if (value.id < 2) lease.settle('stored')
      else lease.settle('failed', new Shed({ reason: 'line', gate: 'disk', retryAfterMs: 7300 }))
    })
    const { status, json, after } = await post(door, lines(0, 3))
    expect({ status, json, after }).toEqual({ status: 429, json: { accepted: 2, retryAfterMs: 7300 }, after: '8' })
  })

  it.each([
    ['dropped', 429],
    ['returned', 503],
    ['failed', 503],
  ] as const)('never says that a record which ended %s was accepted', async (outcome, expected) => {
    const door = await opened()
    consume(door, ({ lease, value }) => lease.settle(value.id === 1 ? outcome : 'done'))
    const { status, json } = await post(door, lines(0, 3))
    expect(status).toBe(expected)
    expect(json.accepted).toBe(1)
  })
})

describe('what it refuses', () => {
  it('names a malformed line by its number and keeps what came before it', async () => {
    const door = await opened()
    const taken: number[] = []
    consume(door, ({ lease, value }) => {
      taken.push(value.id)
      lease.settle('stored')
    })
    const { status, json } = await post(door, '{"id":0}\n\n{"id":1}\nnonsense\n{"id":2}\n')
    expect(status).toBe(400)
    expect(json).toMatchObject({ accepted: 2, line: 4 })
    expect(taken).toEqual([0, 1])
  })

  it('waits for the records before a malformed line to settle', async () => {
    const door = await opened()
    const taken: DoorRecord<Json>[] = []
    consume(door, (record) => taken.push(record))
    let isAnswered = false
    const answer = post(door, '{"id":0}\n{').finally(() => (isAnswered = true))
    await until(() => taken.length === 1)
    await sleep(20)
    expect(isAnswered).toBe(false)
    taken[0]!.lease.settle('stored')
    expect(await answer).toMatchObject({ status: 400, json: { accepted: 1, line: 2 } })
  })

  it('answers 413 for a line over its limit', async () => {
    const door = await opened({ maxLine: 100 })
    consume(door, ({ lease }) => lease.settle('stored'))
    const { status, json } = await post(door, lines(0, 4) + 'y'.repeat(200_000))
    expect(status).toBe(413)
    expect(json).toMatchObject({ accepted: 4, line: 5 })
  })

  it('answers 413 for a body over its limit, before reading it when its length is known', async () => {
    const door = await opened({ maxBody: '1KiB' })
    consume(door, ({ lease }) => lease.settle('stored'))
    expect(await post(door, 'z'.repeat(2000))).toMatchObject({ status: 413, json: { accepted: 0 } })
    expect(door.inspect().records).toBe(0)
    const chunked = await raw(
      door,
      'POST /events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n',
      `9\r\n{"id":1}\n\r\n`,
      `800\r\n${' '.repeat(0x800)}\r\n`,
    )
    expect(chunked).toContain('413')
    expect(chunked).toContain('"accepted":1')
  })

  it.each([
    ['another method', 'GET /events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', '405'],
    [
      'another path',
      'POST /other HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
      '404',
    ],
    [
      'a foreign host name',
      'POST /events HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
      '421',
    ],
    [
      'a page of another site',
      'POST /events HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
      '403',
    ],
    [
      'a compressed body',
      'POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
      '415',
    ],
    ['something that is not HTTP', 'hello\r\n\r\n', '400'],
  ])('refuses %s', async (_, text, status) => {
    expect((await raw(await opened(), text)).split('\r\n')[0]).toContain(status)
  })

  it('gives up on a client that sends a body too slowly, and forgives one that keeps the pace', async () => {
    const clock = new VirtualClock()
    const door = await opened({ clock, minBytesPerSecond: 100, grace: '1s' })
    const text = raw(door, 'POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n', 'x'.repeat(100))
    await until(() => door.inspect().open === 1)
    await sleep(50)
    await clock.advance(1900)
    expect(door.inspect().open).toBe(1)
    await clock.advance(200)
    expect(door.inspect().answers).toEqual({ 408: 1 })
    await clock.advance(1000)
    expect(await text).toContain('408')
  })

  it('takes only so many requests at once, and answers probes all the while', async () => {
    const door = await opened({ maxRequests: 2 })
    const held = [post(door, lines(0, 1)), post(door, lines(1, 2))]
    await until(() => door.inspect().open === 2)
    expect(await post(door, lines(2, 3))).toMatchObject({ status: 503, json: { accepted: 0 } })
    expect((await fetch(`${door.url}/live`)).status).toBe(200)
    expect((await fetch(`${door.url}/ready`)).status).toBe(200)
    consume(door, ({ lease }) => lease.settle('done'))
    expect((await Promise.all(held)).map((answer) => answer.status)).toEqual([200, 200])
  })

  it('checks its options', () => {
    const parse = (): Json => ({ id: 0 })
    expect(() => ndjsonDoor({ parse, maxRequests: 0 })).toThrow(/maxRequests: expected a whole number from 1/)
    expect(() => ndjsonDoor({ parse, path: 'events' })).toThrow(/path: expected a path/)
    expect(() => ndjsonDoor({} as NdjsonDoorOptions<Json>)).toThrow(/parse: expected a function/)
  })
})

describe('how it ends', () => {
  it('forgets a client that goes away in the middle of its body, and keeps what it had handed over', async () => {
    const door = await opened()
    const taken: DoorRecord<Json>[] = []
    consume(door, (record) => taken.push(record))
    const socket = connect(Number(new URL(door.url).port), '127.0.0.1')
    socket.write(`POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n${lines(0, 3)}`)
    await until(() => taken.length === 3)
    socket.destroy()
    await until(() => door.inspect().open === 0)
    for (const { lease } of taken) lease.settle('stored')
    expect(door.inspect()).toMatchObject({ unsettled: 0, accepted: 3, abandoned: 1, answers: {} })
  })

  it('frees the place of a client that goes away while it is held back', async () => {
    const door = await opened({ maxRequests: 1 })
    for (let i = 0; i < 3; i++) {
      const socket = connect(Number(new URL(door.url).port), '127.0.0.1')
      socket.write(`POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n${lines(0, 3)}`)
      await until(() => door.inspect().open === 1)
      socket.destroy()
      await until(() => door.inspect().open === 0)
    }
    consume(door, ({ lease }) => lease.settle('done'))
    expect((await post(door, lines(0, 2))).json).toEqual({ accepted: 2 })
  })

  it('answers open requests with their count when it closes, and refuses new ones', async () => {
    const door = await opened()
    const taken: DoorRecord<Json>[] = []
    const answer = post(door, lines(0, 10))
    await until(() => {
      const record = door.take()
      if (record !== undefined) taken.push(record)
      return taken.length === 4
    })
    const end = door.close()
    expect((await fetch(`${door.url}/ready`).catch(() => ({ status: 503 }))).status).toBe(503)
    for (const { lease } of taken) lease.settle('stored')
    expect(await answer).toMatchObject({ status: 503, json: { accepted: 4 } })
    await end
    await door.close()
    await expect(fetch(`${door.url}/live`)).rejects.toThrow()
  })

  it('listens on the next port when one is taken, if it may', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    await expect(opened({ port })).rejects.toThrow(/EADDRINUSE/)
    const door = await opened({ port, ports: 50 })
    expect(Number(new URL(door.url).port)).toBeGreaterThan(port)
    taken.close()
  })
})
