import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { seededRandom } from '../testkit/index.ts'
import type { Changes } from './journal.ts'
import { JournalStore } from './journal-store.ts'
import { MemoryJournal } from './memory-journal.ts'
import { engineCaps } from './memory-store.ts'
import type { Queue, QueueOptions } from './queue.ts'

/** A journal on a disk with room for so many messages; what is stored already may always move. */
class SmallJournal extends MemoryJournal {
  most = Infinity
  #commits = 0

  override commit(changes: Changes): void {
    if (++this.#commits > 100_000) throw new Error('commits without end')
    if (changes.admits && changes.state.items > this.most) throw new Error('no space left on device')
    super.commit(changes)
  }
}

const clock = new VirtualClock()

async function opened(journal: SmallJournal, options: QueueOptions<number> = {}): Promise<Queue<number>> {
  const store = new JournalStore({
    url: 'test:',
    caps: { ...engineCaps, durability: 'memory' },
    clock,
    random: seededRandom(1),
    openJournal: () => Promise.resolve(journal),
    list: () => [],
    reports: [],
    close: () => Promise.resolve(),
  })
  return store.queue<number>('q', options)
}

const items = (...bodies: number[]): { body: number }[] => bodies.map((body) => ({ body }))

describe('puts that the disk has refused', () => {
  it('let acks through, which make room for them', async () => {
    const journal = new SmallJournal()
    const queue = await opened(journal)
    await queue.sender().put(items(1, 2, 3))
    journal.most = 3
    const order: string[] = []
    const put = queue
      .sender()
      .put(items(4, 5))
      .then(() => order.push('put'))
    await clock.advance(0)
    expect(queue.sender().credit).toMatchObject({ state: 'paused', reason: 'disk' })
    const receiver = queue.receiver()
    for (const turn of [1, 2, 3]) {
      const [delivery] = await receiver.batch(1, 0)
      expect(delivery?.body).toBe(turn)
      await delivery?.ack()
      order.push(`ack ${turn}`)
    }
    await put
    expect(order.slice(0, 2)).toEqual(['ack 1', 'ack 2'])
    expect(queue.sender().credit.state).toBe('open')
    expect((await receiver.batch(5, 0)).map(({ body }) => body)).toEqual([4, 5])
  })

  it('let a delivery be tried again later, though nothing is free', async () => {
    const journal = new SmallJournal()
    const queue = await opened(journal)
    await queue.sender().put(items(1))
    journal.most = 1
    const put = queue.sender().put(items(2))
    const receiver = queue.receiver()
    const [delivery] = await receiver.batch(1, 0)
    await delivery?.nack({ delay: 50 })
    await clock.advance(50)
    const [again] = await receiver.batch(1, 0)
    expect(again).toMatchObject({ body: 1, attempt: 2 })
    await again?.ack()
    await put
    expect(queue.stats()).toMatchObject({ ready: 1, stored: 2, acked: 1 })
  })

  it('are stored after a while when the disk has room again by itself', async () => {
    const journal = new SmallJournal()
    const queue = await opened(journal)
    journal.most = 0
    let isStored = false
    const put = queue
      .sender()
      .put(items(1))
      .then(() => (isStored = true))
    await clock.advance(10_000)
    expect(isStored).toBe(false)
    journal.most = 1
    await clock.advance(5000)
    await put
    expect(queue.sender().credit.state).toBe('open')
  })

  it('are not remembered before they are stored, and nobody is told that they are', async () => {
    const journal = new SmallJournal()
    const queue = await opened(journal)
    await queue.sender().put(items(1, 2))
    journal.most = 2
    const ends: unknown[] = []
    const told = (put: Promise<unknown>): void =>
      void put.then(
        () => ends.push('stored'),
        () => ends.push('refused'),
      )
    told(
      queue.sender().put([
        { body: 3, id: 'three' },
        { body: 4, id: 'four' },
        { body: 5, id: 'five' },
      ]),
    )
    await clock.advance(0)
    told(queue.sender().put([{ body: 3, id: 'three' }]))
    const [delivery] = await queue.receiver().batch(1, 0)
    await delivery?.ack()
    await clock.advance(20_000)
    expect(ends).toEqual([])
    // As after a crash: another queue on what was committed until now.
    const next = await opened(journal)
    journal.most = Infinity
    expect((await next.sender().put([{ body: 3, id: 'three' }])).map(({ status }) => status)).toEqual(['stored'])
  })

  it('are stored in order: one that has room already and would fit does not overtake those that wait', async () => {
    const journal = new SmallJournal()
    const queue = await opened(journal)
    const sender = queue.sender()
    await sender.put(items(1, 2))
    const grants = [await sender.acquire({ items: 1, bytes: 100 }), await sender.acquire({ items: 1, bytes: 100 })]
    journal.most = 3
    const stored: string[] = []
    const put = (name: string, bodies: number[], options = {}): void =>
      void sender.put(items(...bodies), options).then(() => stored.push(name))
    put('three', [3, 4, 5])
    await clock.advance(0)
    for (const grant of grants) {
      put('one', [6], { grant })
      await clock.advance(0)
    }
    const receiver = queue.receiver()
    const [delivery] = await receiver.batch(1, 0)
    await delivery?.nack({ delay: 5 }) // something is written, and nothing is free
    await clock.advance(20_000)
    expect(stored).toEqual([])
    journal.most = 10
    await clock.advance(5000)
    expect(stored).toEqual(['three', 'one', 'one'])
    expect((await receiver.batch(9, 0)).map(({ body }) => body)).toEqual([1, 2, 3, 4, 5, 6, 6])
  })

  it('are remembered when they are stored after all, over a restart too', async () => {
    const journal = new SmallJournal()
    const queue = await opened(journal)
    await queue.sender().put(items(1))
    journal.most = 1
    const put = queue.sender().put([{ body: 2, id: 'two' }])
    await clock.advance(0)
    const [delivery] = await queue.receiver().batch(1, 0)
    await delivery?.ack()
    await put
    await queue.close()
    const next = await opened(journal)
    expect((await next.sender().put([{ body: 2, id: 'two' }])).map(({ status }) => status)).toEqual(['duplicate'])
  })

  it('fail when the queue is closed, and what was acknowledged stays so', async () => {
    const journal = new SmallJournal()
    const queue = await opened(journal)
    await queue.sender().put(items(1, 2))
    journal.most = 2
    const put = queue
      .sender()
      .put([{ body: 3, id: 'three' }, { body: 4 }, { body: 5 }])
      .catch((error: unknown) => error)
    await clock.advance(0)
    const [delivery] = await queue.receiver().batch(1, 0)
    const ack = delivery?.ack()
    await queue.close()
    await ack
    expect(await put).toMatchObject({ code: 'FOREBAY_UNAVAILABLE' })
    journal.most = Infinity
    const next = await opened(journal)
    expect(next.stats()).toMatchObject({ ready: 1 })
    expect((await next.sender().put([{ body: 3, id: 'three' }])).map(({ status }) => status)).toEqual(['stored'])
  })

  it('come in order, once, and never more than there is room for, whatever consumers do', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = seededRandom(seed)
      const chance = (p: number): boolean => random.next() < p
      const journal = new SmallJournal()
      const queue = await opened(journal, { backoff: () => 10, maxAttempts: 1000 })
      journal.most = 5 + Math.floor(random.next() * 30)
      const wanted = 200
      let next = 0
      const producer = (async () => {
        while (next < wanted) {
          const count = Math.min(wanted - next, 1 + Math.floor(random.next() * 5))
          const batch = Array.from({ length: count }, () => ({ body: next++ }))
          await queue.sender().put(batch)
        }
      })()
      const receiver = queue.receiver({ prefetch: 4 })
      const first: number[] = []
      const acked = new Set<number>()
      for (let turn = 0; acked.size < wanted; turn++) {
        if (turn > 5000) expect.fail(`seed ${seed}: stands at ${acked.size} of ${wanted}`)
        for (const delivery of await receiver.batch(1 + Math.floor(random.next() * 4), 0)) {
          if (delivery.attempt === 1) first.push(delivery.body)
          if (chance(0.2)) await delivery.nack()
          else {
            await delivery.ack()
            expect(acked.has(delivery.body)).toBe(false)
            acked.add(delivery.body)
          }
        }
        const { ready, leased, delayed } = queue.stats()
        expect(ready + leased + delayed).toBeLessThanOrEqual(journal.most)
        if (chance(0.3)) await clock.advance(10)
      }
      await producer
      expect(first).toEqual(Array.from({ length: wanted }, (_, body) => body))
    }
  })
})
