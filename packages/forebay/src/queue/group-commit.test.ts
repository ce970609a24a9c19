import { describe, expect, it } from 'vitest'
import { systemRandom } from '../kernel/random.ts'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import type { Changes } from './journal.ts'
import { JournalStore } from './journal-store.ts'
import { MemoryJournal } from './memory-journal.ts'
import { engineCaps } from './memory-store.ts'
import type { Queue, QueueOptions } from './queue.ts'

/** A journal whose disk can be full, and that counts its commits. */
class FullableJournal extends MemoryJournal {
  isFull = false
  commits = 0

  override commit(changes: Changes): void {
    if (this.isFull) throw new Error('no space left on device')
    this.commits++
    super.commit(changes)
  }
}

async function opened(
  options: QueueOptions<number> = {},
): Promise<{ queue: Queue<number>; journal: FullableJournal; clock: VirtualClock }> {
  const clock = new VirtualClock()
  const journal = new FullableJournal()
  const store = new JournalStore({
    url: 'test:',
    caps: { ...engineCaps, durability: 'memory' },
    clock,
    random: systemRandom,
    openJournal: () => Promise.resolve(journal),
    list: () => [],
    reports: [],
    close: () => Promise.resolve(),
  })
  return { queue: await store.queue<number>('q', options), journal, clock }
}

const caught = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error)
const item = (body: number): { body: number }[] => [{ body }]

describe('group commit', () => {
  it('writes what is asked for at the same moment in one commit', async () => {
    const { queue, journal } = await opened()
    const before = journal.commits
    await Promise.all(Array.from({ length: 64 }, (_, n) => queue.sender().put(item(n))))
    expect(journal.commits - before).toBeLessThanOrEqual(2)
    expect(queue.stats().stored).toBe(64)
  })

  it('holds puts back while the disk refuses, says why, and stores them by itself when it takes them again', async () => {
    const { queue, journal, clock } = await opened()
    const told: (string | undefined)[] = []
    queue.sender().onCredit((credit) => told.push(credit.reason))
    journal.isFull = true
    let isStored = false
    const put = queue
      .sender()
      .put(item(1))
      .then(() => (isStored = true))
    const behind = queue.sender().put(item(2))
    await clock.advance(3000)
    expect(isStored).toBe(false)
    const message = 'the store refuses writes: Error: no space left on device'
    expect(queue.sender().credit).toMatchObject({ items: 0, state: 'paused', reason: 'disk', message })
    expect(queue.stats().paused).toEqual({ reason: 'disk', message })
    journal.isFull = false
    await clock.advance(6000)
    await Promise.all([put, behind])
    expect(told).toEqual(['disk', undefined])
    expect(queue.stats()).toMatchObject({ stored: 2, ready: 2, rejected: 0 })
  })

  it('fails puts that do not want to wait, keeps nothing of them, and forgets their ids', async () => {
    const { queue, journal, clock } = await opened({ overflow: 'reject', maxItems: 10 })
    journal.isFull = true
    const failed = await queue
      .sender()
      .put([{ body: 1, id: 'a' }])
      .catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 'FOREBAY_UNAVAILABLE', retryable: true })
    const refused = await queue
      .sender()
      .put(item(2))
      .catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'FOREBAY_UNAVAILABLE', retryable: true })
    expect(await caught(queue.sender().put([{ body: 2, id: '' }]))).toBeInstanceOf(RangeError)
    journal.isFull = false
    await clock.advance(10_000)
    expect(queue.stats()).toMatchObject({ stored: 0, rejected: 3, bytes: 0 })
    expect(queue.sender().credit.items).toBe(10)
    const [again] = await queue.sender().put([{ body: 1, id: 'a' }])
    expect(again?.status).toBe('stored')
  })

  it('delivers and acknowledges while the disk refuses, and resolves the ack only when it is written', async () => {
    const { queue, journal, clock } = await opened()
    await queue.sender().put([{ body: 1 }, { body: 2 }, { body: 3 }])
    const receiver = queue.receiver()
    const first = await receiver.next()
    journal.isFull = true
    let isAcked = false
    const ack = first?.ack().then(() => (isAcked = true))
    const second = await receiver.next()
    expect(second?.body).toBe(2)
    const nack = second?.nack({ delay: 10 })
    await clock.advance(2000)
    expect(isAcked).toBe(false)
    journal.isFull = false
    await clock.advance(10_000)
    await Promise.all([ack, nack])
    const bodies = (await receiver.batch(5, 0)).map((delivery) => delivery.body)
    expect(bodies.toSorted((a, b) => a - b)).toEqual([2, 3])
    expect(queue.stats()).toMatchObject({ acked: 1, leased: 2, ready: 0, delayed: 0 })
  })

  it('closes over a disk that refuses, and says that what was under way is not stored', async () => {
    const { queue, journal } = await opened()
    await queue.sender().put(item(1))
    const delivery = await queue.receiver().next()
    journal.isFull = true
    const ack = delivery?.ack().catch((error: unknown) => error)
    const put = queue
      .sender()
      .put(item(2))
      .catch((error: unknown) => error)
    await queue.close()
    expect(await ack).toMatchObject({ code: 'FOREBAY_UNAVAILABLE' })
    expect(await put).toMatchObject({ code: 'FOREBAY_UNAVAILABLE' })
  })

  it('lets single puts share chunks while nobody reads', async () => {
    const { queue, journal } = await opened()
    for (let n = 0; n < 200; n++) await queue.sender().put(item(n))
    let chunks = 0
    for (let ref = journal.nextRef(64, undefined); ref !== undefined; ref = journal.nextRef(64, ref)) chunks++
    expect(chunks).toBeLessThan(20)
    const receiver = queue.receiver()
    const bodies: number[] = []
    while (bodies.length < 200) bodies.push(...(await receiver.batch(100, 0)).map((delivery) => delivery.body))
    expect(bodies).toEqual(Array.from({ length: 200 }, (_, n) => n))
  })
})
