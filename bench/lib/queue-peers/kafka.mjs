import { Admin, Consumer, Producer } from '@platformatic/kafka'
import { idOf } from './job.mjs'

/** One partition, all replicas (one) confirm, flushed at every append; an offset is committed a batch. */
export async function open({ url }) {
  const client = { clientId: 'bench', bootstrapBrokers: [url.slice('kafka://'.length)], retries: 10 }
  const admin = new Admin(client)
  await admin.createTopics({ topics: ['jobs'], partitions: 1, replicas: 1 })
  await admin.close()
  const producer = new Producer({ ...client, idempotent: true })
  const consumer = new Consumer({ ...client, groupId: 'workers', maxWaitTime: 100 })
  const source = { topics: ['jobs'], mode: 'committed', fallbackMode: 'earliest', autocommit: false }
  const stream = await consumer.consume({ ...source, highWaterMark: 1024 })
  const records = stream[Symbol.asyncIterator]()
  return {
    put: (bodies) =>
      producer.send({ messages: bodies.map((value) => ({ topic: 'jobs', value, partition: 0 })), acks: -1 }),
    drain: async (count, batch, saw) => {
      let committed
      for (let took = 1; took <= count; took++) {
        const { value: record } = await records.next()
        saw(idOf(record.value))
        if (took % batch !== 0 && took !== count) continue
        await committed
        committed = consumer.commit({
          offsets: [{ topic: 'jobs', partition: 0, offset: record.offset + 1n, leaderEpoch: -1 }],
        })
      }
      await committed
    },
    close: async () => {
      await stream.close()
      await consumer.close(true)
      await producer.close(true)
    },
  }
}
