import { expect, it } from 'vitest'
import { Browser } from './browser.ts'
import type { KafkaCluster } from './kafka-cluster.ts'
import type { Parcel } from './message-format.ts'
import type { ProducerLine } from './producer-line.ts'
import { SettledOffsets } from './settled-offsets.ts'
import type { Subscription } from './subscription.ts'
import { TopicNames } from './topic-names.ts'

const names = new TopicNames('forebay', 'letters')
const DEAD = 3

/** A browser of a queue with three dead letters, and what it puts back; `away.left` are puts that the broker refuses. */
function subject(): { browser: Browser; back: Parcel[]; away: { left: number } } {
  const back: Parcel[] = []
  const away = { left: 0 }
  let kept = new SettledOffsets(0)
  class Consumer {
    on(): void {}
    async metadata({ topics }: { topics: string[] }): Promise<object> {
      return { topics: new Map(topics.map((id) => [id, { id, partitions: [{ leader: 1 }] }])) }
    }
    async fetch(): Promise<object> {
      const records = Array.from({ length: DEAD }, (_, offsetDelta) => {
        const id = [Buffer.from('forebay-id'), Buffer.from(`m${offsetDelta}`)]
        return { offsetDelta, timestampDelta: 0n, key: null, value: Buffer.from('1'), headers: [id] }
      })
      const batch = { attributes: 0, firstOffset: 0n, firstTimestamp: 0n, lastOffsetDelta: DEAD - 1, records }
      const partition = { partitionIndex: 0, highWatermark: BigInt(DEAD), records: [batch] }
      return { responses: [{ topicId: names.dead, partitions: [partition] }] }
    }
  }
  const cluster = {
    driver: { Consumer },
    client: () => ({}),
    progress: async (group: string) =>
      new Map(
        group === names.deadGroup ? [[`${names.dead}-0`, new SettledOffsets(kept.watermark, kept.encode())]] : [],
      ),
    offsets: async (_: unknown, which: string) => new Map([[`${names.dead}-0`, which === 'start' ? 0 : DEAD]]),
    keepProgress: async (_group: string, _topic: string, _partition: number, settled: SettledOffsets) => {
      kept = new SettledOffsets(settled.watermark, settled.encode())
    },
    forget: async () => undefined,
  }
  const producers = {
    send: async ({ parcels }: { parcels: readonly Parcel[] }) => {
      if (away.left-- > 0) throw new Error('away')
      back.push(...parcels)
    },
  }
  const browser = new Browser({
    cluster: cluster as unknown as KafkaCluster,
    names,
    subscription: { lanes: [] } as unknown as Subscription,
    producers: producers as unknown as ProducerLine,
    home: () => ({ topic: names.main, partition: 0, due: 0 }),
  })
  return { browser, back, away }
}

const all = (): boolean => true

it('puts each dead letter back once, however many ask at once', async () => {
  const { browser, back } = subject()
  expect(await Promise.all([browser.redrive(2, all), browser.redrive(10, all), browser.purge()])).toEqual([2, 1, 0])
  expect(back).toHaveLength(DEAD)
})

it('goes on with moving dead letters after the broker was away', async () => {
  const { browser, away } = subject()
  away.left = 1
  const answers = await Promise.allSettled([browser.redrive(10, all), browser.redrive(10, all)])
  expect(answers).toMatchObject([{ status: 'rejected' }, { status: 'fulfilled', value: DEAD }])
})
