import { jsonCodec, memoryStore } from 'forebay/queue'
import type { Queue, Store } from 'forebay/queue'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { syntheticSource } from '../../test/synthetic-source.ts'
import { VirtualClock } from 'forebay/testkit'
import { writePage } from '../build/build-page.ts'
import { serveConsole } from '../serve-console.ts'
import type { ConsoleOptions, RunningConsole } from '../serve-console.ts'
import type { DeadLetterView, QueueList } from '../wire/queue-view.ts'

const token = 'a-token-of-some-length'
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
const open: { close(): unknown }[] = []

beforeAll(writePage)
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})

/** A queue with dead letters of two reasons. */
async function died(store: Store, counts: Readonly<Record<string, number>>): Promise<Queue<unknown>> {
  const queue = await store.queue<unknown>('events', { maxItems: 1000 })
  const sender = queue.sender()
  const receiver = queue.receiver({ prefetch: 1 })
  for (const [reason, count] of Object.entries(counts)) {
    for (let i = 0; i < count; i++) {
      await sender.put([{ body: { reason, text: '<b>'.repeat(200) }, headers: { trace: `${reason} ${i}` } }])
      for await (const delivery of receiver) {
        await delivery.reject(reason)
        break
      }
    }
  }
  return queue
}

async function start(options: ConsoleOptions): Promise<RunningConsole> {
  const clock = new VirtualClock()
  const source = syntheticSource(clock, 2000)
  const running = await serveConsole(source, { port: 0, clock, token, ...options })
  open.push(source, running)
  return running
}

const list = async (base: string): Promise<QueueList> =>
  (await (await fetch(`${base}/api/queues`, { headers })).json()) as QueueList

test('shows what queues hold, and the beginnings of dead letters with why they died', async () => {
  const store = memoryStore()
  open.push(store)
  await died(store, { 'timed out': 2, 'no such airport': 1 })
  const { port } = await start({ queues: () => store.opened() })
  const base = `http://127.0.0.1:${port}`

  const { mayWrite, queues } = await list(base)
  expect(mayWrite).toBe(false)
  expect(queues).toMatchObject([{ name: 'events', maxItems: 1000, isRedriving: false, stats: { dead: 3, ready: 0 } }])
  const letters = (await (await fetch(`${base}/api/queues/events/dead`, { headers })).json()) as DeadLetterView[]
  expect(letters.map(({ history, attempts }) => [history.at(-1)?.reason, attempts])).toEqual([
    ['timed out', 1],
    ['timed out', 1],
    ['no such airport', 1],
  ])
  expect(letters[0]!.preview).toMatch(/^\{"reason":"timed out".*…$/)
  expect(letters[0]!.preview).toHaveLength(200)
  expect(letters[0]!.headers).toEqual({ trace: 'timed out 0' })
})

test('writes out no large body, no bytes, and nothing that does not decode', async () => {
  const store = memoryStore()
  open.push(store)
  const torn = () => {
    throw new Error('torn')
  }
  const queue = await store.queue<unknown>('large', {})
  await queue.sender().put([{ body: 'x'.repeat(100_000) }])
  for await (const delivery of queue.receiver()) {
    await delivery.reject('too much')
    break
  }
  const unread = await store.queue<unknown>('torn', { codec: { ...jsonCodec(), decode: torn }, maxAttempts: 1 })
  await unread.sender().put([{ body: 1 }])
  const reading = unread.receiver()[Symbol.asyncIterator]().next()
  await expect.poll(() => unread.stats().dead, { timeout: 5000 }).toBe(1)
  void reading
  const { port } = await start({ queues: () => store.opened() })
  const previews = async (name: string): Promise<string[]> => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/queues/${name}/dead`, { headers })
    return ((await answer.json()) as DeadLetterView[]).map(({ preview }) => preview)
  }

  expect(await previews('large')).toEqual([expect.stringMatching(/^\d+ bytes$/)])
  expect(await previews('torn')).toEqual(['it does not decode'])
})

test('puts dead letters of one reason back when it may, one order at a time', async () => {
  const store = memoryStore()
  open.push(store)
  const queue = await died(store, { 'timed out': 3, 'no such airport': 1 })
  const { port } = await start({ queues: () => store.opened(), allowWrite: true })
  const base = `http://127.0.0.1:${port}`
  const redrive = async (body: unknown, name = 'events', more: Record<string, string> = {}): Promise<number> => {
    const url = `${base}/api/queues/${name}/redrive`
    const answer = await fetch(url, { method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify(body) })
    return answer.status
  }

  expect(await redrive({}, 'events', { authorization: 'Bearer wrong' })).toBe(401)
  expect(await redrive({}, 'events', { origin: 'http://evil.example' })).toBe(403)
  expect(await redrive({}, 'events', { 'content-type': 'text/plain' })).toBe(415)
  expect(await redrive({}, 'unknown')).toBe(404)
  for (const wrong of [{ max: 0 }, { max: 1.5 }, { reason: 7 }, [], 'all']) expect(await redrive(wrong)).toBe(400)
  expect((await fetch(`${base}/api/queues/events/redrive`, { headers })).status).toBe(405)
  expect(queue.stats()).toMatchObject({ dead: 4, redriven: 0 })

  expect(await redrive({ reason: 'timed out', max: 2 })).toBe(202)
  await expect.poll(() => queue.stats()).toMatchObject({ dead: 2, redriven: 2, ready: 2 })
  expect((await list(base)).queues[0]!.isRedriving).toBe(false)
  expect(await redrive({})).toBe(202)
  await expect.poll(() => queue.stats()).toMatchObject({ dead: 0, redriven: 4 })
})

test('refuses a second order while one runs, stops it when it closes, and tells why one failed', async () => {
  let started = 0
  let aborted = 0
  const stats = { dead: 5 }
  const slow = {
    name: 'slow',
    maxItems: 10,
    maxBytes: 10,
    stats: () => stats,
    redrive: ({ signal }: { signal: AbortSignal }) => {
      started++
      if (started === 1) return Promise.reject(new Error('the disk is full'))
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => (aborted++, reject(signal.reason as Error))),
      )
    },
  } as unknown as Queue<unknown>
  const running = await start({ queues: () => [slow], allowWrite: true })
  const base = `http://127.0.0.1:${running.port}`
  const redrive = async (): Promise<number> =>
    (await fetch(`${base}/api/queues/slow/redrive`, { method: 'POST', headers, body: '{}' })).status

  expect(await redrive()).toBe(202)
  await expect.poll(async () => (await list(base)).queues[0]).toMatchObject({ redriveError: 'the disk is full' })
  expect(await redrive()).toBe(202)
  expect(await redrive()).toBe(409)
  const [queue] = (await list(base)).queues
  expect(queue).toMatchObject({ isRedriving: true })
  expect(queue!.redriveError).toBeUndefined()
  await running.close()
  expect(aborted).toBe(1)
  expect(started).toBe(2)
})

test('shows none where none were given, and is read-only unless told otherwise', async () => {
  const without = await start({})
  expect(await list(`http://127.0.0.1:${without.port}`)).toEqual({ mayWrite: false, queues: [] })
  const store = memoryStore()
  open.push(store)
  await died(store, { broken: 1 })
  const { port } = await start({ queues: () => store.opened() })
  const url = `http://127.0.0.1:${port}/api/queues/events/redrive`

  expect((await fetch(url, { method: 'POST', headers, body: '{}' })).status).toBe(403)
  expect((await fetch(`http://127.0.0.1:${port}/api/queues`)).status).toBe(401)
})
