import type { MessageState, StoredMessage } from 'forebay/queue'
import type { KafkaCluster } from './kafka-cluster.ts'
import { spotOf } from './lane.ts'
import { movedParcel, storedMessage, type Parcel, type Target } from './message-format.ts'
import type { ProducerLine } from './producer-line.ts'
import { RecordReader } from './record-reader.ts'
import { SettledOffsets } from './settled-offsets.ts'
import { survey, type Stretch } from './survey.ts'
import type { Subscription } from './subscription.ts'
import type { TopicNames } from './topic-names.ts'

/** Dead letters that go to another place at once. */
const CHUNK = 500
/** Runs of dead letters that are gone, until the holes between them are closed. */
const MOST_RUNS = 300

/** Looks at messages without taking them, and moves dead letters: who wants to while others do waits. */
export class Browser {
  readonly #cluster: KafkaCluster
  readonly #names: TopicNames
  readonly #subscription: Subscription
  readonly #producers: ProducerLine
  readonly #home: (message: StoredMessage) => Target
  readonly #reader: RecordReader
  #moving: Promise<unknown> = Promise.resolve()

  constructor(options: {
    cluster: KafkaCluster
    names: TopicNames
    subscription: Subscription
    producers: ProducerLine
    /** Where a message goes that is put back. */
    home: (message: StoredMessage) => Target
  }) {
    this.#cluster = options.cluster
    this.#names = options.names
    this.#subscription = options.subscription
    this.#producers = options.producers
    this.#home = options.home
    this.#reader = new RecordReader(options.cluster)
  }

  async peek(max: number, state: MessageState): Promise<readonly StoredMessage[]> {
    const { lanes } = this.#subscription
    if (state === 'leased') {
      const out = lanes.flatMap((lane) => [...lane.out.values()].map(({ stored }) => stored))
      return out.toSorted((a, b) => a.enqueuedAt - b.enqueuedAt || a.seq - b.seq).slice(0, max)
    }
    const topic = { ready: this.#names.main, delayed: this.#names.later, dead: this.#names.dead }[state]
    const stretches = await survey(this.#cluster, this.#names, lanes)
    const found: { stored: StoredMessage; at: number }[] = []
    for (const stretch of stretches)
      if (stretch.topic === topic)
        found.push(...(await this.#look(stretch, max, (stored, due) => ({ stored, at: due || stored.enqueuedAt }))))
    if (state === 'delayed')
      for (const held of lanes.flatMap((lane) => lane.retries))
        found.push({ stored: held.stored, at: spotOf(held).due })
    // What came in the same millisecond keeps the order of its partition.
    const inOrder = state === 'dead' ? found : found.toSorted((a, b) => a.at - b.at)
    return inOrder.slice(0, max).map(({ stored }) => stored)
  }

  /** Attempts forgotten, never to expire. */
  redrive(max: number, accept: (message: StoredMessage) => boolean): Promise<number> {
    return this.#inTurn(() => this.#redrive(max, accept))
  }

  /** Forgets all dead letters. How many they were. */
  purge(): Promise<number> {
    return this.#inTurn(() => this.#purge())
  }

  close(): Promise<void> {
    return this.#reader.close()
  }

  async #redrive(max: number, accept: (message: StoredMessage) => boolean): Promise<number> {
    const dead = await this.#dead()
    const back: { offset: number; parcel: Parcel }[] = []
    await this.#reader.scan({ ...dead, from: dead.settled.watermark }, dead.end, (record) => {
      if (dead.settled.has(record.offset)) return false
      const { stored } = storedMessage(record, dead.topic)
      if (accept(stored)) {
        const parcel = movedParcel({ ...stored, failed: 0, history: undefined, expiresAt: 0 }, this.#home(stored))
        back.push({ offset: record.offset, parcel })
      }
      return back.length >= max
    })
    if (back.length === 0) return 0
    await this.#producers.send({ parcels: back.map(({ parcel }) => parcel), confirmed: 0 })
    for (const { offset } of back) dead.settled.add(offset)
    if (dead.settled.runs > MOST_RUNS) await this.#gather(dead)
    await this.#keep(dead)
    return back.length
  }

  async #purge(): Promise<number> {
    const dead = await this.#dead()
    const count = dead.end - dead.settled.watermark - dead.settled.above
    dead.settled.addAll(dead.settled.watermark, dead.end)
    await this.#keep(dead)
    return Math.max(0, count)
  }

  /** Else two would take the same dead letter, and the older progress could be kept over the newer. */
  #inTurn(move: () => Promise<number>): Promise<number> {
    const moved = this.#moving.then(move)
    this.#moving = moved.catch(() => undefined)
    return moved
  }

  async #look<R>(stretch: Stretch, max: number, made: (stored: StoredMessage, due: number) => R): Promise<R[]> {
    const { topic, partition, settled, end, lane } = stretch
    const retries = new Set(lane?.retries.map((held) => spotOf(held).offset))
    const found: R[] = []
    await this.#reader.scan({ topic, partition, from: settled.watermark }, end, (record) => {
      if (settled.has(record.offset) || lane?.out.has(record.offset) === true || retries.has(record.offset))
        return false
      const { stored, due } = storedMessage(record, `${topic}-${partition}`)
      return found.push(made(stored, due)) >= max
    })
    return found
  }

  async #dead(): Promise<Stretch> {
    const stretches = await survey(this.#cluster, this.#names, [])
    const dead = stretches.find(({ topic }) => topic === this.#names.dead)
    return (
      dead ?? {
        topic: this.#names.dead,
        partition: 0,
        settled: new SettledOffsets(0),
        start: 0,
        end: 0,
        out: 0,
        rest: 0,
        lane: undefined,
      }
    )
  }

  /** There are too many holes to be written down: those that stay go to the end, in order. */
  async #gather(dead: Stretch): Promise<void> {
    const { topic, partition, settled } = dead
    const { end } = settled
    while (settled.watermark < end) {
      const parcels: Parcel[] = []
      let to = end
      await this.#reader.scan({ topic, partition, from: settled.watermark }, end, (record) => {
        if (settled.has(record.offset)) return false
        parcels.push(movedParcel(storedMessage(record, topic).stored, { topic, partition, due: 0 }))
        to = record.offset + 1
        return parcels.length >= CHUNK
      })
      if (parcels.length < CHUNK) to = end
      await this.#producers.send({ parcels, confirmed: 0 })
      settled.addAll(settled.watermark, to)
      await this.#keep(dead)
    }
  }

  async #keep({ topic, partition, settled }: Stretch): Promise<void> {
    await this.#cluster.keepProgress(this.#names.deadGroup, topic, partition, settled)
    await this.#cluster.forget([{ topic, partition, from: settled.watermark }])
  }
}
