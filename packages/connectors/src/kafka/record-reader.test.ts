import { afterEach, describe, expect, it, vi } from 'vitest'
import type { KafkaCluster } from './kafka-cluster.ts'
import { RecordReader } from './record-reader.ts'

/** A partition `notes-0` that holds records 0, 1 and 2; `brings` says how many one fetch brings, call by call. */
function readerOf(brings: (call: number) => number): RecordReader {
  let calls = 0
  class Consumer {
    on(): void {}

    clearMetadata(): void {}

    async metadata(): Promise<object> {
      return { topics: new Map([['notes', { id: 'n', partitions: [{ leader: 1 }] }]]) }
    }

    async fetch({ topics }: { topics: { partitions: { fetchOffset: bigint }[] }[] }): Promise<object> {
      const firstOffset = topics[0]?.partitions[0]?.fetchOffset ?? 0n
      const rest = { timestampDelta: 0n, key: null, value: null, headers: [] }
      const records = Array.from({ length: brings(calls++) }, (_, offsetDelta) => ({ offsetDelta, ...rest }))
      const batch = { attributes: 0, firstOffset, firstTimestamp: 0n, lastOffsetDelta: records.length - 1, records }
      const partition = { partitionIndex: 0, highWatermark: 3n, records: records.length > 0 ? [batch] : undefined }
      return { responses: [{ topicId: 'n', partitions: [partition] }] }
    }
  }
  return new RecordReader({ driver: { Consumer }, client: () => ({}) } as unknown as KafkaCluster)
}

async function offsetsOf(reader: RecordReader): Promise<number[]> {
  const offsets: number[] = []
  await reader.scan({ topic: 'notes', partition: 0, from: 0 }, 3, ({ offset }) => offsets.push(offset) > 99)
  return offsets
}

describe('a look at part of a partition', () => {
  afterEach(() => vi.useRealTimers())

  it('goes on after fetches that bring nothing', async () => {
    expect(await offsetsOf(readerOf((call) => [0, 1, 0, 0, 2][call] ?? 0))).toEqual([0, 1, 2])
  })

  it('fails with an error that may pass when nothing comes for 5 s, since there is more', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    let silent = 0
    const reader = readerOf((call) => {
      vi.advanceTimersByTime(100)
      return call === 0 ? 1 : (silent++, 0)
    })
    await expect(offsetsOf(reader)).rejects.toMatchObject({ code: 'FOREBAY_UNAVAILABLE', retryable: true })
    expect(silent).toBe(50)
  })
})
