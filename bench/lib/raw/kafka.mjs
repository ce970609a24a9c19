// Kafka by hand: a producer that waits for all replicas (not an idempotent one: that of this driver sends one batch at a time), a group that commits what it is done with.
import { Admin, Consumer, MessagesStreamModes, Producer } from '@platformatic/kafka'

const PARTITIONS = 4

export async function open(url, name) {
  const bootstrapBrokers = [new URL(url).host]
  const admin = new Admin({ clientId: 'raw', bootstrapBrokers })
  await admin.createTopics({ topics: [name], partitions: PARTITIONS, replicas: 1 })
  const producer = new Producer({ clientId: 'raw', bootstrapBrokers })
  const consumer = new Consumer({ clientId: 'raw', bootstrapBrokers, groupId: name, sessionTimeout: 10_000 })
  let turn = 0
  let stream
  let came = () => {}

  async function put(bodies) {
    const messages = bodies.map((value) => ({ topic: name, partition: turn++ % PARTITIONS, value }))
    await producer.send({ messages, acks: -1 })
  }

  async function consume(total, { batch, window, each }, onBody) {
    stream ??= await consumer.consume({
      topics: [name],
      autocommit: false,
      mode: MessagesStreamModes.EARLIEST,
      maxWaitTime: 500,
      maxBytes: 4 * 1024 * 1024,
    })
    let seen = 0
    let uncommitted = 0
    let committing
    const offsets = new Map()
    await new Promise((resolve, reject) => {
      /** One commit at a time, of all that was done until then. */
      const commit = async () => {
        while (offsets.size > 0) {
          const list = [...offsets].map(([partition, offset]) => ({ topic: name, partition, offset, leaderEpoch: -1 }))
          offsets.clear()
          uncommitted = 0
          await consumer.commit({ offsets: list })
          if (seen < total) stream.resume()
        }
        committing = undefined
        if (seen === total) resolve()
      }
      came = ({ value, partition, offset }) => {
        onBody(value)
        offsets.set(partition, offset + 1n)
        uncommitted++
        seen++
        if (seen === total || uncommitted >= window) stream.pause()
        if (each || uncommitted >= batch || seen === total) committing ??= commit().catch(reject)
      }
      if (stream.listenerCount('data') === 0) stream.on('data', (message) => came(message))
      stream.resume()
    })
  }

  return {
    put,
    consume,
    close: () => Promise.all([admin.close(), producer.close(true), stream?.close(), consumer.close(true)].map((end) => end?.catch?.(() => {}))),
  }
}
