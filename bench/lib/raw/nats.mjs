// JetStream by hand, with its own client: a file stream, a pull consumer that asks ahead, acks that are confirmed.
import { connect } from '@nats-io/transport-node'
import { AckPolicy, jetstream, jetstreamManager, RetentionPolicy } from '@nats-io/jetstream'

export async function open(url, name) {
  const connection = await connect({ servers: url })
  const manager = await jetstreamManager(connection)
  await manager.streams.add({ name, subjects: [name], retention: RetentionPolicy.Workqueue })
  await manager.consumers.add(name, { durable_name: 'c', ack_policy: AckPolicy.Explicit, max_ack_pending: 10_000 })
  const js = jetstream(connection)
  const consumer = await js.consumers.get(name, 'c')

  async function put(bodies) {
    await Promise.all(bodies.map((body) => js.publish(name, body)))
  }

  async function consume(total, { batch, window, each }, onBody) {
    let seen = 0
    const acks = []
    await new Promise((resolve) => {
      const callback = (message) => {
        onBody(message.data)
        seen++
        // The server takes them in order: when it has confirmed the last of a batch it has them all.
        if (each || seen % batch === 0 || seen === total) acks.push(message.ackAck())
        else message.ack()
        if (seen === total) resolve()
      }
      consumer.consume({ max_messages: window, callback }).then((messages) => {
        stop = () => messages.close()
      })
    })
    await Promise.all(acks)
    await stop?.()
  }
  let stop

  return { put, consume, close: () => connection.close() }
}
