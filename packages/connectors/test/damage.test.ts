import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'lmdb'
import { bytesCodec } from 'forebay/queue'
import { afterEach, describe, expect, it } from 'vitest'
import { openStore } from '../src/open-store.ts'
import { expectBalanced } from './conformance/queue-world.ts'

const folders: string[] = []

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-damage-'))
  folders.push(folder)
  return folder
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** Three puts of 100 messages, each a chunk of its own, of which the second is changed by `harm`. */
async function harmed(harm: (chunk: Buffer) => Buffer): Promise<string> {
  const folder = newFolder()
  const store = await openStore(`disk:${folder}`)
  const queue = await store.queue<number>('q')
  for (let i = 0; i < 3; i++)
    await queue
      .sender()
      .put(Array.from({ length: 100 }, (_, n) => ({ body: i * 100 + n, headers: { pad: 'x'.repeat(300) } })))
  await store.close()
  const root = open<Buffer, number[]>({ path: folder, encoding: 'binary', maxDbs: 16 })
  const database = root.openDB<Buffer, number[]>('q', { encoding: 'binary' })
  const chunks = [...database.getRange({ start: [2], end: [3] })]
  expect(chunks).toHaveLength(3)
  await database.put(chunks[1]?.key as number[], harm(Buffer.from(chunks[1]?.value as Buffer)))
  await root.close()
  return folder
}

describe('a damaged chunk', () => {
  const harms: [string, (chunk: Buffer) => Buffer][] = [
    ['has a flipped bit in its messages', (chunk) => (chunk.writeUInt8(chunk.readUInt8(5000) ^ 4, 5000), chunk)],
    ['has a flipped bit in its head', (chunk) => (chunk.writeUInt8(chunk.readUInt8(9) ^ 4, 9), chunk)],
    ['is cut off', (chunk) => chunk.subarray(0, 1000)],
    ['is empty', () => Buffer.alloc(0)],
  ]
  it.each(harms)('that %s is kept aside and counted, and the others are delivered', async (_, harm) => {
    const folder = await harmed(harm)
    const store = await openStore(`disk:${folder}`)
    const queue = await store.queue<number>('q')
    const receiver = queue.receiver()
    const bodies: number[] = []
    for (let turn = 0; queue.stats().ready + queue.stats().leased > 0; turn++) {
      expect(turn).toBeLessThan(200)
      const deliveries = await receiver.batch(64, 20)
      bodies.push(...deliveries.map((delivery) => delivery.body))
      await receiver.ackAll(deliveries)
    }
    expect(bodies).toEqual([
      ...Array.from({ length: 100 }, (_, n) => n),
      ...Array.from({ length: 100 }, (_, n) => 200 + n),
    ])
    expect(queue.stats()).toMatchObject({ carriedIn: 300, acked: 200, dropped: { corrupt: 100 }, bytes: 0 })
    expectBalanced(queue.stats())
    await receiver.close() // waits for the commit that gives the room back
    expect(queue.sender().credit.items).toBe(queue.maxItems)
    expect(store.reports).toMatchObject([{ kind: 'corrupt-message' }])
    expect(readdirSync(join(folder, 'damaged-messages'))).toHaveLength(1)
    await store.close()
  })
})

describe('a mostly empty file', () => {
  it('is compacted when it is opened, and keeps what it held', async () => {
    const folder = newFolder()
    const file = join(folder, 'data.mdb')
    const store = await openStore(`disk:${folder}`)
    const queue = await store.queue('q', { codec: bytesCodec, maxItemBytes: '1MiB' })
    const body = new Uint8Array(500_000)
    for (let i = 0; i < 8; i++) await queue.sender().put(Array.from({ length: 10 }, () => ({ body })))
    const receiver = queue.receiver({ prefetchBytes: '1GiB' })
    await receiver.ackAll(await receiver.batch(78, 5000))
    await store.close()
    expect(statSync(file).size).toBeGreaterThan(32 * 1024 * 1024)

    const again = await openStore(`disk:${folder}`)
    expect(again.reports).toMatchObject([{ kind: 'compacted' }])
    expect(statSync(file).size).toBeLessThan(4 * 1024 * 1024)
    const kept = await again.queue('q', { codec: bytesCodec })
    expect(kept.stats()).toMatchObject({ carriedIn: 2, ready: 2 })
    const [delivery] = await kept.receiver().batch(1, 5000)
    expect(delivery?.body.length).toBe(500_000)
    await delivery?.ack()
    await again.close()
  })
})
