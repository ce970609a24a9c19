import { describe, expect, it } from 'vitest'
import { systemRandom } from '../kernel/random.ts'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import type { Delivery } from './delivery.ts'
import type { Changes, Journal, StoredChunk } from './journal.ts'
import type { ChunkRef } from './chunk.ts'
import { JournalStore } from './journal-store.ts'
import { MemoryJournal } from './memory-journal.ts'
import { engineCaps } from './memory-store.ts'
import type { Queue, QueueOptions } from './queue.ts'
import type { Receiver } from './receiver.ts'

/** One process's view of a disk that outlives it: after the process is killed, nothing it does arrives. */
class ProcessJournal implements Journal {
  readonly #disk: MemoryJournal
  readonly recovered: Journal['recovered']
  isKilled = false

  constructor(disk: MemoryJournal) {
    this.#disk = disk
    this.recovered = disk.recovered
  }

  commit(changes: Changes): void {
    if (!this.isKilled) this.#disk.commit(changes)
  }

  nextRef(lane: number, after: ChunkRef | undefined): ChunkRef | undefined {
    return this.#disk.nextRef(lane, after)
  }

  read(ref: ChunkRef): StoredChunk {
    return this.#disk.read(ref)
  }

  stampOf(ref: ChunkRef): number | undefined {
    return this.#disk.stampOf(ref)
  }

  close(): void {}
}

interface Life {
  readonly queue: Queue<number>
  readonly receiver: Receiver<number>
  readonly clock: VirtualClock
  kill(): void
}

async function begin(disk: MemoryJournal, options: QueueOptions<number>, prefetch = 100_000): Promise<Life> {
  const clock = new VirtualClock()
  const journal = new ProcessJournal(disk)
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
  const queue = await store.queue<number>('q', options)
  return { queue, receiver: queue.receiver({ prefetch }), clock, kill: () => (journal.isKilled = true) }
}

async function filled(disk: MemoryJournal, count: number, options: QueueOptions<number>): Promise<void> {
  const { queue } = await begin(disk, options)
  await queue.sender().put(Array.from({ length: count }, (_, body) => ({ body })))
  await queue.close()
}

/** Hands everything out and kills the process, until all are at their last attempt. */
async function killAtWork(disk: MemoryJournal, options: QueueOptions<number>): Promise<void> {
  for (let kill = 0; kill < (options.maxAttempts ?? 5); kill++) {
    const life = await begin(disk, options)
    const out = await life.receiver.batch(100_000, 0)
    expect(out.length).toBeGreaterThan(0)
    life.kill()
  }
}

interface Story {
  crashes: number
  /** How many were out in each round, in order. */
  rounds: number[]
  acked: number[]
  dead: number[]
}

/** Works on what is delivered, one round after another, dying of every round that holds one of `poison`. */
async function workThrough(disk: MemoryJournal, options: QueueOptions<number>, poison: Set<number>): Promise<Story> {
  const story: Story = { crashes: 0, rounds: [], acked: [], dead: [] }
  for (;;) {
    const life = await begin(disk, options)
    for (;;) {
      const out: Delivery<number>[] = await life.receiver.batch(100_000, 0)
      if (out.length === 0) {
        const dead = await life.queue.peek(100, 'dead')
        expect(life.queue.stats()).toMatchObject({ ready: 0, leased: 0, suspects: 0 })
        story.dead = dead.map((message) => message.body as number)
        return story
      }
      story.rounds.push(out.length)
      if (out.some(({ body }) => poison.has(body))) {
        life.kill()
        story.crashes++
        break
      }
      await life.receiver.ackAll(out)
      story.acked.push(...out.map(({ body }) => body))
    }
  }
}

const allBut = (count: number, poison: Set<number>): number[] =>
  Array.from({ length: count }, (_, body) => body).filter((body) => !poison.has(body))

const sorted = (bodies: number[]): number[] => bodies.toSorted((a, b) => a - b)

describe('messages that an earlier process may have died of', () => {
  it.each([0, 311, 637, 999])(
    'are searched by halves for the one that kills, number %i of a thousand',
    async (guilty) => {
      const disk = new MemoryJournal()
      const options = { maxAttempts: 3 }
      const poison = new Set([guilty])
      await filled(disk, 1000, options)
      await killAtWork(disk, options)
      const { crashes, rounds, acked, dead } = await workThrough(disk, options, poison)
      expect(dead).toEqual([guilty])
      expect(sorted(acked)).toEqual(allBut(1000, poison))
      expect(crashes).toBeLessThanOrEqual(11)
      expect(rounds.length).toBeLessThanOrEqual(30)
    },
  )

  it('are all let go after as many rounds as they can be halved, when none is guilty', async () => {
    const disk = new MemoryJournal()
    const options = { maxAttempts: 4 }
    await filled(disk, 1000, options)
    await killAtWork(disk, options)
    const { rounds, acked, dead } = await workThrough(disk, options, new Set())
    expect(dead).toEqual([])
    expect(sorted(acked)).toEqual(allBut(1000, new Set()))
    expect(rounds).toEqual([500, 250, 125, 63, 31, 16, 8, 4, 2, 1])
  })

  it('end as dead letters one by one when several are guilty, and nobody with them', async () => {
    const disk = new MemoryJournal()
    const options = { maxAttempts: 2 }
    const poison = new Set([3, 4, 400, 777])
    await filled(disk, 1000, options)
    const { crashes, acked, dead } = await workThrough(disk, options, poison)
    expect(sorted(dead)).toEqual(sorted([...poison]))
    expect(sorted(acked)).toEqual(allBut(1000, poison))
    expect(crashes).toBeLessThanOrEqual(4 * 11)
  })

  it('are searched from the first crash on when one attempt is all they have', async () => {
    const disk = new MemoryJournal()
    const options = { maxAttempts: 1 }
    const poison = new Set([70])
    await filled(disk, 100, options)
    const { acked, dead, crashes } = await workThrough(disk, options, poison)
    expect(dead).toEqual([70])
    expect(sorted(acked)).toEqual(allBut(100, poison))
    expect(crashes).toBeLessThanOrEqual(9)
  })

  it('use up no last attempt when a process is killed from outside while they are out together', async () => {
    const disk = new MemoryJournal()
    const options = { maxAttempts: 2 }
    await filled(disk, 64, options)
    await killAtWork(disk, options)
    for (const most of [32, 16, 8, 4]) {
      const life = await begin(disk, options)
      const out = await life.receiver.batch(1000, 0)
      expect(out.length).toBeLessThanOrEqual(most)
      expect(out.length).toBeGreaterThan(1)
      life.kill()
    }
    const { acked, dead } = await workThrough(disk, options, new Set())
    expect(dead).toEqual([])
    expect(acked).toHaveLength(64)
  })

  it('are in doubt no more after an orderly close', async () => {
    const disk = new MemoryJournal()
    const options = { maxAttempts: 2 }
    await filled(disk, 64, options)
    await killAtWork(disk, options)
    const life = await begin(disk, options)
    expect(await life.receiver.batch(1000, 0)).toHaveLength(32)
    await life.queue.close()
    const next = await begin(disk, options)
    expect(await next.receiver.batch(1000, 0)).toHaveLength(64)
  })

  it('keep their place in the search over a process that only looked', async () => {
    const disk = new MemoryJournal()
    const options = { maxAttempts: 2 }
    await filled(disk, 64, options)
    await killAtWork(disk, options)
    const tried = await begin(disk, options)
    expect(await tried.receiver.batch(1000, 0)).toHaveLength(32)
    tried.kill()
    const look = await begin(disk, options)
    expect(await look.queue.peek(100)).toHaveLength(64)
    await look.queue.close()
    const next = await begin(disk, options)
    expect(await next.receiver.batch(1000, 0)).toHaveLength(16)
  })

  it('do not hold up messages that came later', async () => {
    const disk = new MemoryJournal()
    const options = { maxAttempts: 1 }
    await filled(disk, 10, options)
    await killAtWork(disk, options)
    const { queue, receiver } = await begin(disk, options)
    const trial = await receiver.batch(100, 0)
    expect(queue.stats()).toMatchObject({ suspects: 10, leased: trial.length, ready: 10 - trial.length })
    await queue.sender().put([{ body: 100 }, { body: 101 }])
    const fresh = await receiver.batch(100, 0)
    expect(fresh.map(({ body }) => body)).toEqual([100, 101])
    await receiver.ackAll(trial)
    expect((await receiver.batch(100, 0)).length).toBeGreaterThan(0)
  })

  it('go on when the time of those in a trial runs out before they are taken', async () => {
    const disk = new MemoryJournal()
    const options = { maxAttempts: 1, ttl: 1000 } as const
    await filled(disk, 10, options)
    await killAtWork(disk, options)
    const { queue, receiver, clock } = await begin(disk, options, 1)
    const [first] = await receiver.batch(1, 0)
    await clock.advance(2000)
    await first?.ack()
    expect(await receiver.batch(1, 0)).toEqual([])
    await queue.sender().put([{ body: 100 }])
    const [fresh] = await receiver.batch(1, 0)
    expect(fresh?.body).toBe(100)
    expect(queue.stats()).toMatchObject({ suspects: 0, dropped: { expired: 9 } })
  })

  it('are read no faster than memory has room for them', async () => {
    const disk = new MemoryJournal()
    const options = { maxAttempts: 3 }
    await filled(disk, 30_000, options)
    const life = await begin(disk, options)
    for (let i = 0; i < 20; i++) await life.receiver.batch(1000, 0)
    life.kill()
    const { queue, receiver } = await begin(disk, options, 16)
    await receiver.batch(16, 0)
    expect(queue.stats().suspects).toBeGreaterThan(0)
    expect(queue.stats().suspects).toBeLessThan(2 * 8192 + 512)
  })
})
