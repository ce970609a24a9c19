import { seededRandom } from 'forebay/testkit'
import { expect, it } from 'vitest'
import { FaultyBroker } from '../../../test/support/faulty-broker.ts'
import type { Delivery } from '../delivery.ts'
import type { Queue } from '../queue.ts'

const BOUND = 10
const MESSAGES = 120

/** Four producers and four consumers of one client, at a broker that keeps no bound and takes its time. */
async function play(seed: number): Promise<{ broker: FaultyBroker; acked: number }> {
  const random = seededRandom(seed)
  const broker = new FaultyBroker()
  const { clock } = broker
  broker.latency = () => Math.floor(random.next() * 12)
  const pause = (): Promise<void> => new Promise((resolve) => clock.after(Math.floor(random.next() * 60), resolve))
  const opening = broker.store({ settleCalls: 2, putCalls: 2 }).queue<number>('q', { maxItems: BOUND })
  await clock.advance(50)
  const queue: Queue<number> = await opening
  const produce = async (): Promise<void> => {
    for (let left = MESSAGES / 4; left > 0;) {
      const count = Math.min(left, 1 + Math.floor(random.next() * 3))
      await queue.sender().put(Array.from({ length: count }, () => ({ body: 1 })))
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
  const all = [produce(), produce(), produce(), produce(), ...Array.from({ length: 4 }, consume)]
  for (const one of all) one.catch(() => undefined)
  for (let ms = 0; ms < 20_000 && queue.stats().acked < MESSAGES; ms += 5) {
    queue.stats() // somebody reads how full it is all the time
    await clock.advance(5)
  }
  return { broker, acked: queue.stats().acked }
}

it('is kept by a client that is asked how full its queue is while puts and acks are under way, and lets all pass', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { broker, acked } = await play(seed)
    expect(broker.peak, `held at most, seed ${seed}`).toBeLessThanOrEqual(BOUND)
    expect(acked, `acknowledged, seed ${seed}`).toBe(MESSAGES)
  }
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
