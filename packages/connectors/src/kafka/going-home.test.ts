import type { StoreReport } from 'forebay/queue'
import { describe, expect, it } from 'vitest'
import { TopicOfTests } from '../../test/kafka/topic-of-tests.ts'
import { GoingHome } from './going-home.ts'
import type { KafkaCluster } from './kafka-cluster.ts'
import { Lane } from './lane.ts'
import type { Fetched } from './message-format.ts'
import { MessageLimit } from './message-limit.ts'
import { ProducerLine } from './producer-line.ts'
import { SettledOffsets } from './settled-offsets.ts'

const place = { topic: 'later', partition: 0, isLater: true }

function record(offset: number, id: string, length: number): Fetched {
  const headers = { id, due: '1' }
  return {
    offset,
    timestamp: 0,
    key: Buffer.from('k'),
    value: Buffer.alloc(length),
    headers: Object.entries(headers).map(
      ([name, value]) => [Buffer.from(`forebay-${name}`), Buffer.from(value)] as const,
    ),
  }
}

/** Delayed messages of these sizes that are due, and a broker. */
class Journey {
  readonly topic = new TopicOfTests(100_000)
  readonly lane = new Lane(place, new SettledOffsets(0))
  readonly reports: StoreReport[] = []
  readonly errors: unknown[] = []
  readonly #home: GoingHome
  /** Pauses of a minute that have passed. */
  #minutes = 0

  constructor(sizes: Readonly<Record<string, number>>) {
    const records = Object.entries(sizes).map(([id, length], offset) => record(offset, id, length))
    this.lane.arrived({ ...place, from: 0, records, upTo: records.length, end: records.length })
    const limit = new MessageLimit('mails', 600_000, () => Promise.resolve(undefined))
    this.#home = new GoingHome({
      producers: new ProducerLine(this.topic.cluster as unknown as KafkaCluster, limit),
      home: () => ({ topic: 'main', partition: 0, due: 0 }),
      dead: 'dead',
      report: (report) => void this.reports.push(report),
      commit: () => Promise.resolve(),
      over: (error) => void (error === undefined || this.errors.push(error)),
    })
  }

  /** All that are due go, a minute later each time. */
  async go(): Promise<void> {
    const now = Date.now() + 61_000 * this.#minutes++
    const held = []
    for (let next = this.lane.take(now); next !== undefined; next = this.lane.take(now)) held.push(next)
    if (held.length > 0) await this.#home.go(held)
  }

  /** What is stored where, in order. */
  get stored(): string[] {
    return this.topic.stored.map(({ topic }, index) => `${topic} ${this.topic.ids[index]}`)
  }
}

describe('what was delayed and goes to the partition of its key', () => {
  it('arrives once, and holds up no other, when it stands beside one that the broker refuses for good', async () => {
    const journey = new Journey({ a: 10, LARGE: 150_000, b: 10 })
    for (let i = 0; i < 5; i++) await journey.go()
    expect(journey.stored).toEqual(['main a', 'main b'])
    expect(journey.errors).toEqual([])
    expect(journey.reports).toHaveLength(1)
    expect(journey.reports[0]).toMatchObject({ kind: 'refused', message: expect.stringContaining('LARGE stays where') })
    expect(journey.lane.heldBack).toBe(1)
    expect(journey.lane.homing).toBe(0)
    journey.topic.limit = 200_000 // somebody has set it higher
    await journey.go()
    expect(journey.stored).toEqual(['main a', 'main b', 'main LARGE'])
    expect(journey.lane.settled.watermark).toBe(3)
  })

  it('is a dead letter with the reason when it is too large for its own partition alone', async () => {
    const journey = new Journey({ a: 10, LARGE: 150_000, b: 10 })
    journey.topic.limits.set('dead', 200_000)
    for (let i = 0; i < 3; i++) await journey.go()
    expect(journey.stored).toEqual(['main a', 'dead LARGE', 'main b'])
    const headers = journey.topic.stored[1]?.headers as Map<Buffer, Buffer> | undefined
    expect(String([...(headers?.values() ?? [])])).toContain('too large')
    expect(journey.reports).toMatchObject([{ message: expect.stringContaining('LARGE is dead') }])
    expect(journey.lane.settled.watermark).toBe(3)
  })

  it('is not sent again when it was confirmed, and those behind it were not', async () => {
    const journey = new Journey({ a: 90_000, b: 90_000, c: 90_000, d: 90_000, e: 90_000, f: 90_000, g: 90_000 })
    journey.topic.failsAt = 2
    await journey.go()
    expect(journey.topic.ids).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(journey.lane.settled.watermark).toBe(5)
    expect(journey.errors).toMatchObject([{ code: 'FOREBAY_UNAVAILABLE' }])
    await journey.go()
    expect(journey.topic.ids).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g'])
    expect(journey.reports).toEqual([])
  })
})
