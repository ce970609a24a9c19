import { messageBytes, type Outgoing } from 'forebay/queue'
import { describe, expect, it } from 'vitest'
import type { KafkaCluster } from './kafka-cluster.ts'
import { MessageLimit } from './message-limit.ts'
import { ProducerLine } from './producer-line.ts'
import { Puts } from './puts.ts'
import { TopicOfTests } from '../../test/kafka/topic-of-tests.ts'

function item(id: string, length = 10): Outgoing {
  const parts = { id, headers: undefined, body: new Uint8Array(length) }
  const rest = { key: 'k', group: undefined, level: 1, delayMs: 0, ttlMs: Infinity, isKnown: false } as const
  return { ...parts, ...rest, bytes: messageBytes(parts) }
}

/** A queue whose limit was `before` when it was opened. */
function putsInto(topic: TopicOfTests, before: number): Puts {
  const cluster = topic.cluster as unknown as KafkaCluster
  const limit = new MessageLimit('mails', before, () => Promise.resolve(topic.told))
  return new Puts(new ProducerLine(cluster, limit), limit, () => ({ topic: 'mails', partition: 0, due: 0 }))
}

describe('puts into Kafka', () => {
  it('send nothing of a call again that is confirmed, when its items come alone after a refusal for good', async () => {
    const topic = new TopicOfTests(100_000)
    const puts = putsInto(topic, 600_000) // the broker says nothing of its limit
    const [a, large, c] = [item('a', 90_000), item('LARGE', 500_000), item('c')]
    await expect(puts.put([a, large, c])).rejects.toMatchObject({ code: 'FOREBAY_TOO_LARGE' })
    expect(topic.ids).toEqual(['a'])
    await puts.put([a])
    await expect(puts.put([large])).rejects.toMatchObject({ code: 'FOREBAY_TOO_LARGE' })
    await puts.put([c])
    expect(topic.ids).toEqual(['a', 'c'])
  })

  it('store no part of a call with an item that is over a limit that somebody has set lower', async () => {
    const topic = new TopicOfTests(100_000, 100_000)
    const puts = putsInto(topic, 600_000)
    const call = [item('a'), item('LARGE', 150_000)]
    await expect(puts.put(call)).rejects.toMatchObject({ code: 'FOREBAY_UNAVAILABLE', retryable: true })
    await expect(puts.put(call)).rejects.toMatchObject({ code: 'FOREBAY_TOO_LARGE' })
    expect(topic.ids).toEqual([])
    await puts.put([item('b')])
    expect(topic.ids).toEqual(['b'])
  })

  it('go on behind what is confirmed when the same call is made again', async () => {
    const topic = new TopicOfTests(1_000_000)
    const puts = putsInto(topic, 1_000_000)
    const call = [item('a', 400_000), item('b', 400_000)]
    topic.failsAt = 2
    await expect(puts.put(call)).rejects.toMatchObject({ retryable: true })
    await puts.put(call)
    expect(topic.ids).toEqual(['a', 'b'])
    await puts.put([item('c')])
    expect(topic.ids).toEqual(['a', 'b', 'c'])
  })
})
