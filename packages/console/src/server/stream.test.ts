import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { VirtualClock } from 'forebay/testkit'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { SseClient } from '../../test/sse-client.ts'
import { syntheticSource } from '../../test/synthetic-source.ts'
import { writePage } from '../build/build-page.ts'
import { serveConsole } from '../serve-console.ts'
import type { Frame } from '../wire/frame.ts'
import { Feed } from './feed.ts'
import { Viewer } from './viewer.ts'

const open: { close(): unknown }[] = []

beforeAll(writePage)
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})

async function start(maxViewers?: number): Promise<{ clock: VirtualClock; url: string }> {
  const clock = new VirtualClock()
  const source = syntheticSource(clock, 30_000)
  const running = await serveConsole(source, { port: 0, clock, ...(maxViewers !== undefined && { maxViewers }) })
  open.push(source, running)
  return { clock, url: running.url }
}

async function watch(url: string, headers?: Record<string, string>): Promise<SseClient> {
  const client = await SseClient.open(`${url}api/stream`, headers)
  open.push(client)
  return client
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a viewer gets the topology once, the marks, and four frames a second', async () => {
  const { clock, url } = await start()
  const viewer = await watch(url)
  await viewer.until(() => viewer.of('frame').length === 1)

  for (let i = 1; i <= 8; i++) {
    clock.advanceSync(250)
    await viewer.until(() => viewer.of('frame').length === 1 + i)
  }

  expect(viewer.of('topology')).toHaveLength(1)
  expect(viewer.of('mark').length).toBeGreaterThan(0)
  const walls = viewer.of('frame').map(({ data }) => (data as Frame).wall)
  expect(walls.at(-1)! - walls[0]!).toBe(2000)
})

test('who comes back with the last id gets no topology again, and no mark twice', async () => {
  const { url } = await start()
  const first = await watch(url)
  await first.until(() => first.of('frame').length === 1)
  const id = first.of('frame')[0]!.id!

  const again = await watch(url, { 'last-event-id': id })
  await again.until(() => again.of('frame').length === 1)

  expect(again.of('topology')).toHaveLength(0)
  expect(again.of('mark')).toHaveLength(0)
  const hostile = await watch(url, { 'last-event-id': '9'.repeat(500) })
  await hostile.until(() => hostile.of('frame').length === 1)
  expect(hostile.of('topology')).toHaveLength(1)
})

test('a quiet stream is kept open by a ping every 15 seconds', async () => {
  const { clock, url } = await start()
  const viewer = await watch(url)
  await viewer.until(() => viewer.of('frame').length === 1)

  for (let ms = 0; ms < 15_000; ms += 250) {
    clock.advanceSync(250)
    await viewer.until(() => (viewer.of('frame').at(-1)!.data as Frame).wall === clock.wall())
  }

  await viewer.until(() => viewer.pings === 1)
})

test('one viewer too many is sent away, and let in when another leaves', async () => {
  const { url } = await start(1)
  const first = await watch(url)
  await first.until(() => first.of('frame').length === 1)

  const refused = await fetch(`${url}api/stream`)
  expect(refused.status).toBe(503)
  expect(refused.headers.get('retry-after')).toBe('5')

  first.close()
  await expect.poll(async () => (await SseClient.open(`${url}api/stream`)).response.statusCode).toBe(200)
})

test('the history comes a line at a time, and only from where it was asked', async () => {
  const { url } = await start()
  const lines = async (query: string): Promise<{ topology?: object; frame?: Frame }[]> => {
    const text = await (await fetch(`${url}api/history${query}`)).text()
    return text
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { frame?: Frame })
  }

  const all = await lines('')
  const frames = all.flatMap(({ frame }) => (frame === undefined ? [] : [frame]))
  const half = await lines(`?after=${frames[14]!.wall}`)

  expect(all.filter(({ topology }) => topology !== undefined)).toHaveLength(1)
  expect(frames).toHaveLength(31)
  expect(half.filter(({ frame }) => frame !== undefined)).toHaveLength(16)
  expect((await fetch(`${url}api/history?after=x`)).status).toBe(400)
})

test('a reader that stops reading holds one picture, and gets the newest when it goes on', async () => {
  const clock = new VirtualClock()
  const source = syntheticSource(clock, 1000)
  const feed = new Feed(source, clock)
  let viewer: Viewer | undefined
  let response!: ServerResponse
  const server = createServer((request, answer) => {
    response = answer
    viewer = new Viewer(feed, answer, clock, request.headers['last-event-id']?.toString())
    answer.on('close', feed.add(viewer))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  open.push(source, { close: () => server.closeAllConnections() }, { close: () => server.close() }, feed)
  const client = await SseClient.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  await client.until(() => client.of('frame').length === 1)
  const largest = JSON.stringify(client.events).length * 4

  client.response.pause()
  // The kernel's own buffers take some megabytes before the reader is felt.
  for (let i = 0; i < 40_000 && viewer!.skipped < 50; i++) {
    clock.advanceSync(250)
    await turn()
  }

  expect(viewer!.skipped).toBe(50)
  expect(response.writableLength).toBeLessThan(response.writableHighWaterMark + largest)
  client.response.resume()
  await client.until(() => (client.of('frame').at(-1)!.data as Frame).wall === clock.wall())
  expect(response.writableNeedDrain).toBe(false)
}, 60_000)

test('a reader that takes nothing for 30 seconds loses its seat', async () => {
  const clock = new VirtualClock()
  const source = syntheticSource(clock, 1000)
  const feed = new Feed(source, clock)
  let response!: ServerResponse
  const server = createServer((_request, answer) => {
    response = answer
    answer.on('close', feed.add(new Viewer(feed, answer, clock, undefined)))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  open.push(source, { close: () => server.closeAllConnections() }, { close: () => server.close() }, feed)
  const client = await SseClient.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  client.response.pause()
  response.write(`: ${'x'.repeat(20_000_000)}\n\n`)

  clock.advanceSync(29_000)
  expect(response.destroyed).toBe(false)
  clock.advanceSync(2000)

  expect(response.destroyed).toBe(true)
  await expect.poll(() => feed.viewers).toBe(0)
})

test('nothing is encoded while nobody watches, and once for all who do', async () => {
  const clock = new VirtualClock()
  const source = syntheticSource(clock, 1000)
  let reads = 0
  const counted = { ...source, snapshots: () => (reads++, source.snapshots()) }
  const running = await serveConsole(counted, { port: 0, clock })
  open.push(source, running)

  clock.advanceSync(5000)
  expect(reads).toBe(0)
  const viewers = await Promise.all([watch(running.url), watch(running.url), watch(running.url)])
  for (const viewer of viewers) await viewer.until(() => viewer.of('frame').length === 1)
  reads = 0
  clock.advanceSync(250)
  for (const viewer of viewers) await viewer.until(() => viewer.of('frame').length === 2)

  expect(reads).toBe(1)
})
