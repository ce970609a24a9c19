import { messageBytes, type Held, type LinkEvents, type Outgoing, type Settings } from 'forebay/queue'
import { VirtualClock } from 'forebay/testkit'
import { expect, it } from 'vitest'
import type { BrokerHealth } from './broker-health.ts'
import type { KafkaCluster } from './kafka-cluster.ts'
import { KafkaLink } from './kafka-link.ts'
import { TopicNames } from './topic-names.ts'
import { TopicOfTests } from '../../test/kafka/topic-of-tests.ts'

const names = new TopicNames('forebay', 'letters')
const ROUND_TRIP_MS = 10
const POLL_MS = 500

/** A broker with one partition that takes 10 ms for an answer; a fetch that finds nothing waits there for what comes. */
class Broker {
  readonly clock = new VirtualClock()
  readonly #waiting = new Set<() => void>()
  #end = 0
  partitions = 1
  joins = 0
  /** What is put, which nobody fetches. */
  readonly topic = new TopicOfTests(1000)

  put(messages: number): void {
    this.#end += messages
    for (const wake of this.#waiting) wake()
  }

  link(deliver: (held: readonly Held[]) => void): KafkaLink {
    const others = ['dry', 'lost', 'pause', 'resume', 'room', 'dropped'].map((name) => [name, () => undefined])
    const events = { deliver, ...Object.fromEntries(others) } as unknown as LinkEvents
    const settings = { name: 'letters', clock: this.clock, random: { next: () => 0 }, leaseMs: 30_000 }
    const health = { isAway: false, check: () => undefined, suspect: () => undefined, listen: () => () => undefined }
    return new KafkaLink({
      cluster: this.#cluster(),
      health: health as unknown as BrokerHealth,
      names,
      partitions: 1,
      maxMessageBytes: 1_000_000,
      settings: settings as unknown as Settings<unknown>,
      events,
      report: () => undefined,
    })
  }

  #cluster(): KafkaCluster {
    const fetch = (from: number): Promise<object> => this.#fetch(from)
    const joined = (): number => this.joins++
    class Consumer {
      memberId = 'me'
      generationId = 1
      assignments = [{ topic: names.main, partitions: [0] }]
      topics = { trackAll: () => undefined }
      on(): void {}
      async joinGroup(): Promise<void> {
        joined()
      }

      async close(): Promise<void> {}
      async metadata({ topics }: { topics: string[] }): Promise<object> {
        return { topics: new Map(topics.map((id) => [id, { id, partitions: [{ leader: 1 }], partitionsCount: 1 }])) }
      }
      fetch({ topics }: { topics: { partitions: { fetchOffset: bigint }[] }[] }): Promise<object> {
        return fetch(Number(topics[0]?.partitions[0]?.fetchOffset))
      }
    }
    return {
      driver: { Consumer, ...this.topic.driver },
      client: () => ({}),
      partitions: () => this.#answer(() => this.partitions),
      progress: () => this.#answer(() => new Map()),
      offsets: (_: unknown, which: string) =>
        this.#answer(() => new Map([[`${names.main}-0`, which === 'start' ? 0 : this.#end]])),
      grow: () => this.#answer(() => undefined),
      commit: () => this.#answer(() => undefined),
      forget: () => this.#answer(() => undefined),
    } as unknown as KafkaCluster
  }

  /** How the broker stands now, as it is known after a while. */
  #answer<R>(read: () => R): Promise<R> {
    const answer = read()
    return new Promise((resolve) => this.clock.after(ROUND_TRIP_MS, () => resolve(answer)))
  }

  async #fetch(from: number): Promise<object> {
    if (from >= this.#end)
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve)
        this.clock.after(POLL_MS, resolve)
      })
    const records = Array.from({ length: this.#end - from }, (_, offsetDelta) => {
      const id = [Buffer.from('forebay-id'), Buffer.from(`m${from + offsetDelta}`)]
      return { offsetDelta, timestampDelta: 0n, key: null, value: Buffer.from('1'), headers: [id] }
    })
    const at = { firstOffset: BigInt(from), firstTimestamp: 0n, lastOffsetDelta: records.length - 1 }
    const batches = records.length === 0 ? [] : [{ attributes: 0, ...at, records }]
    const partition = { partitionIndex: 0, highWatermark: BigInt(this.#end), records: batches }
    return { responses: [{ topicId: names.main, partitions: [partition] }] }
  }
}

/** A link that wants messages and waits for the first, and the ids of what it was given. */
async function waitingLink(): Promise<{ broker: Broker; link: KafkaLink; got: string[] }> {
  const broker = new Broker()
  const got: string[] = []
  const link = broker.link((held) => got.push(...held.map(({ stored }) => stored.id)))
  link.want(100, 100)
  await broker.clock.advance(100)
  return { broker, link, got }
}

it('goes on with consuming after two purges at once', async () => {
  const { broker, link, got } = await waitingLink()
  const purges = Promise.all([link.purge('ready'), link.purge('ready')])
  await broker.clock.advance(100)
  expect(await purges).toEqual([0, 0])
  broker.put(3)
  await broker.clock.advance(1000)
  expect(got).toEqual(['m0', 'm1', 'm2'])
})

it('purges or delivers what is put during a purge', async () => {
  for (let puts = 0; puts < 60; puts++) {
    const { broker, link, got } = await waitingLink()
    const purge = link.purge('ready')
    await broker.clock.advance(puts)
    broker.put(2)
    await broker.clock.advance(200)
    const purged = await purge
    await broker.clock.advance(1000)
    expect(got, `put after ${puts} ms`).toEqual(purged === 0 ? ['m0', 'm1'] : [])
  }
})

it('hears of new partitions while its handlers hold all of its credit', async () => {
  const { broker, link, got } = await waitingLink()
  link.want(0, 100)
  broker.put(3)
  link.want(3, 3)
  await broker.clock.advance(1000)
  expect(got).toHaveLength(3)
  broker.partitions = 3
  await broker.clock.advance(12_000)
  expect(broker.joins).toBe(2)
})

it('hears of new partitions when it only puts', async () => {
  const broker = new Broker()
  const link = broker.link(() => undefined)
  const put = (id: string): Promise<unknown> => {
    const parts = { id, headers: undefined, body: new Uint8Array(1) }
    const rest = { key: undefined, group: undefined, level: 1, delayMs: 0, ttlMs: Infinity, isKnown: false } as const
    const item: Outgoing = { ...parts, ...rest, bytes: messageBytes(parts) }
    return link.put([item])
  }
  await put('a')
  broker.partitions = 2
  await broker.clock.advance(12_000)
  for (const id of ['b', 'c', 'd', 'e']) await put(id)
  expect(new Set(broker.topic.stored.map(({ partition }) => partition))).toEqual(new Set([0, 1]))
})
