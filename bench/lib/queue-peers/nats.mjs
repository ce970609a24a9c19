import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { idOf } from './job.mjs'

const WINDOW = 512

/** A work queue in a file stream, not flushed before it confirms. Acks are sent one by one, the last is confirmed. */
export async function open({ url }) {
  const connection = await connect({ servers: url })
  const manager = await jetstreamManager(connection)
  await manager.streams.add({ name: 'jobs', subjects: ['jobs'], retention: 'workqueue', storage: 'file' })
  const settings = { durable_name: 'workers', ack_policy: 'explicit', max_ack_pending: 4 * WINDOW }
  await manager.consumers.add('jobs', settings)
  const stream = jetstream(connection)
  const consumer = await stream.consumers.get('jobs', 'workers')
  return {
    put: (bodies) => Promise.all(bodies.map((body) => stream.publish('jobs', body))),
    drain: async (count, _, saw) => {
      const messages = await consumer.consume({ max_messages: WINDOW })
      let took = 0
      for await (const message of messages) {
        saw(idOf(message.data))
        if (++took < count) message.ack()
        else {
          await message.ackAck()
          messages.stop()
        }
      }
    },
    close: () => connection.close(),
  }
}
