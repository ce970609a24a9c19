import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PutItem } from 'forebay/queue'
import { seededRandom } from 'forebay/testkit'
import { afterEach, expect, it } from 'vitest'
import { liveBytes, openDataFile, openQueueDatabase } from '../src/disk/data-file.ts'
import { diskStore } from '../src/disk/disk-store.ts'

const MB = 1024 * 1024
const MOST = 4 * MB
const folders: string[] = []

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-bound-'))
  folders.push(folder)
  return folder
}

const sizeOf = (folder: string): number => statSync(join(folder, 'data.mdb')).size

/** Bytes of the pages that are in use. */
async function usedOf(folder: string): Promise<number> {
  const root = await openDataFile(folder, () => undefined)
  const names = [...(root.getKeys() as Iterable<unknown>)].map(String)
  const used = liveBytes(
    root,
    names.map((name) => openQueueDatabase(root, name)),
  )
  await root.close()
  return used
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** Puts until nothing has room. Returns how many items there are. */
async function fill(folder: string, name: string, make: (n: number) => PutItem<string>[]): Promise<number> {
  await using store = await diskStore(folder, { maxDiskBytes: MOST })
  const queue = await store.queue<string>(name, { overflow: 'fail', dedupe: { max: 1_000_000, within: '1h' } })
  const sender = queue.sender()
  for (let count = 0; ;) {
    const items = make(count)
    try {
      await sender.put(items)
    } catch (error) {
      expect(String(error)).toContain(`may use ${MOST} bytes`)
      return count
    }
    count += items.length
  }
}

it('keeps what is in use within maxDiskBytes, however large ids, keys, groups and headers are', async () => {
  const random = seededRandom(11)
  const text = (most: number): string => 'é'.repeat(Math.floor((random.next() * most) / 2))
  const shares: number[] = []
  for (let round = 0; round < 4; round++) {
    const most = {
      id: 8 ** round,
      key: random.next() * 400,
      group: random.next() * 400,
      header: random.next() * 4000,
    }
    const size = 100 + Math.floor(random.next() * 1500)
    const folder = newFolder()
    await fill(folder, 'q', (from) =>
      Array.from({ length: size }, (_, n) => ({
        id: `${from + n}${text(most.id)}`,
        body: text(random.next() * 200),
        ...(random.next() < 0.5 && { key: `k${text(most.key)}` }),
        ...(random.next() < 0.5 && { group: `g${text(most.group)}` }),
        ...(random.next() < 0.5 && { headers: { pad: text(most.header) } }),
      })),
    )
    shares.push((await usedOf(folder)) / MOST)
    expect(sizeOf(folder)).toBeLessThan(1.3 * MOST) // with pages that are free, of what was written again
  }
  expect(Math.max(...shares)).toBeLessThanOrEqual(1)
  expect(Math.max(...shares)).toBeGreaterThan(0.8)
})

it('counts the ids that it remembers', async () => {
  const folder = newFolder()
  const count = await fill(folder, 'q', (from) =>
    Array.from({ length: 1500 }, (_, n) => ({ id: String(from + n).padEnd(480, 'x'), body: '' })),
  )
  expect(count).toBeGreaterThan(0)
  expect(await usedOf(folder)).toBeLessThanOrEqual(MOST)
})

it('counts what is in queues that nobody has opened', async () => {
  const folder = newFolder()
  const items = Array.from({ length: 100 }, () => ({ body: 'x'.repeat(1000) }))
  expect(await fill(folder, 'first', () => items)).toBeGreaterThan(2000)
  expect(await fill(folder, 'second', () => items)).toBe(0)
})

it('delivers and acknowledges while puts wait for room, which gives them some', async () => {
  const folder = newFolder()
  await using store = await diskStore(folder, { maxDiskBytes: MOST })
  const queue = await store.queue<number>('q')
  const sender = queue.sender()
  const isFull = new Promise<void>((resolve) => sender.onCredit(({ reason }) => reason === 'disk' && resolve()))
  const pad = 'x'.repeat(400)
  let put = 0
  let mayStop = false
  const putting = (async () => {
    for (; !mayStop; put += 500)
      await sender.put(Array.from({ length: 500 }, (_, n) => ({ body: put + n, headers: { pad } })))
  })()
  await isFull
  const receiver = queue.receiver({ prefetch: 100 })
  const enough = put + 5000
  let got = 0
  while (!mayStop || got < put) {
    const deliveries = await receiver.batch(100, 1000)
    for (const { body } of deliveries) expect(body).toBe(got++)
    await receiver.ackAll(deliveries)
    mayStop ||= put >= enough
  }
  await putting
  expect(sizeOf(folder)).toBeLessThan(1.3 * MOST)
})
