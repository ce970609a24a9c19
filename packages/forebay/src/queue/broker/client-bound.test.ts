import { seededRandom } from 'forebay/testkit'
import { expect, it } from 'vitest'
import { FaultyBroker } from '../../../test/support/faulty-broker.ts'
import type { Delivery } from '../delivery.ts'
import type { Queue, QueueOptions } from '../queue.ts'

const BOUND = 10
/** Room for as many, as their bytes are counted. */
const BOUND_BYTES = 61 * BOUND + 10
const MESSAGES = 120

/** Four producers and four consumers of one client, at a broker that keeps no bound and takes its time. */
async function play(seed: number, bound: QueueOptions<number>): Promise<{ peak: number; acked: number }> {
  const random = seededRandom(seed)
  const broker = new FaultyBroker()
  const { clock } = broker
  broker.latency = () => Math.floor(random.next() * 12)
  const pause = (): Promise<void> => new Promise((resolve) => clock.after(Math.floor(random.next() * 60), resolve))
  const opening = broker.store({ settleCalls: 2, putCalls: 2 }).queue<number>('q', bound)
  await clock.advance(50)
  const queue: Queue<number> = await opening
  const sender = queue.sender()
  const produce = async (): Promise<void> => {
    for (let left = MESSAGES / 4; left > 0;) {
      const count = Math.min(left, 1 + Math.floor(random.next() * 3))
      await sender.put(Array.from({ length: count }, () => ({ body: 1 })))
      left -= count
    }
  }
  const work = async (delivery: Delivery<number>): Promise<void> => {
    await pause()
    await delivery.ack()
  }
  const consume = async (): Promise<void> => {
    for await (const delivery of queue.receiver({ prefetch: 1 })) await work(delivery)
  }
  const all = [...Array.from({ length: 4 }, produce), ...Array.from({ length: 4 }, consume)]
  for (const one of all) one.catch(() => undefined)
  for (let ms = 0; ms < 20_000 && queue.stats().acked < MESSAGES; ms += 5) {
    queue.stats() // somebody reads how full it is all the time
    await clock.advance(5)
  }
  return { peak: broker.peak, acked: queue.stats().acked }
}

it.each([
  ['messages', { maxItems: BOUND }],
  ['bytes', { maxBytes: BOUND_BYTES }],
])(
  'is kept in %s by a client that asks how full its queue is while puts and acks are under way, and lets all pass',
  async (_, bound) => {
    for (let seed = 1; seed <= 20; seed++) {
      const { peak, acked } = await play(seed, bound)
      expect(peak, `held at most, seed ${seed}`).toBeLessThanOrEqual(BOUND)
      expect(acked, `acknowledged, seed ${seed}`).toBe(MESSAGES)
    }
  },
)

it('counts what ended while the broker answers as ended, though the answer may tell of it', async () => {
  const broker = new FaultyBroker()
  const { clock } = broker
  const queue = await broker.store({ settleCalls: 8 }).queue<number>('q', { maxItems: 40 })
  const sender = queue.sender()
  await sender.put(Array.from({ length: 20 }, (_, body) => ({ body })))
  const deliveries = await queue.receiver({ prefetch: 20 }).batch(20, 0)
  const depth = broker.depth.bind(broker)
  broker.depth = async () => {
    const told = await depth()
    await new Promise<void>((resolve) => void clock.after(20, resolve))
    return told
  }
  await clock.advance(1000)
  queue.stats() // begins to ask, and every answer is overlapped by an ack
  const wrong: string[] = []
  for (const delivery of deliveries) {
    void delivery.ack()
    await clock.advance(6)
    const known = 40 - sender.credit.items
    if (known !== broker.out.size) wrong.push(`${known} of ${broker.out.size}`)
  }
  expect(wrong).toEqual([])
})

it('counts what is being put once, though the answer may tell of it', async () => {
  const broker = new FaultyBroker()
  const { clock } = broker
  broker.latency = () => 400
  // It tells how much it holds at once, before it has confirmed the last of it.
  broker.depth = () => Promise.resolve({ ready: broker.ready.length, leased: 0, delayed: 0, dead: 0 })
  const queue = await broker.store({ putCalls: 20 }).queue<number>('q', { maxItems: 40 })
  await clock.advance(1000)
  const wrong: string[] = []
  for (let put = 1; put <= 20; put++) {
    void queue.sender().put([{ body: put }])
    await clock.advance(130)
    queue.stats() // asks twice a second
    const known = 40 - queue.sender().credit.items
    if (known !== put) wrong.push(`${known} of ${put}`)
  }
  expect(wrong).toEqual([])
})

it('has room again when others have taken what was in it', async () => {
  const broker = new FaultyBroker()
  const queue = await broker.store().queue<number>('q', { maxItems: BOUND })
  for (let n = 0; n < BOUND; n++) await queue.sender().put([{ body: n }])
  const waits = queue.sender().put([{ body: 99 }])
  await broker.clock.advance(3000)
  expect(broker.ready).toHaveLength(BOUND)
  broker.ready.splice(0, 4)
  await broker.clock.advance(1500)
  await waits
  expect(broker.ready.map(({ stored }) => stored.seq)).toEqual([5, 6, 7, 8, 9, 10, 11])
})
