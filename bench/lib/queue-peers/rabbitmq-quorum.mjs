import { AMQPClient } from '@cloudamqp/amqp-client'
import { idOf } from './job.mjs'

const WINDOW = 512

/** A quorum queue, which flushes before it confirms. An ack is for all before it, twice a window; nothing confirms acks. */
export async function open({ url }) {
  const client = new AMQPClient(url)
  const connection = await client.connect()
  const putting = await connection.channel()
  await putting.confirmSelect()
  await putting.queueDeclare('jobs', { durable: true, autoDelete: false }, { 'x-queue-type': 'quorum' })
  const taking = await connection.channel()
  await taking.basicQos(WINDOW)
  return {
    put: (bodies) => Promise.all(bodies.map((body) => putting.basicPublish('', 'jobs', body, { deliveryMode: 2 }))),
    drain: async (count, batch, saw) => {
      let took = 0
      let consumer
      await new Promise((resolve, reject) => {
        const came = (message) => {
          saw(idOf(message.body))
          took++
          if (took % batch === 0 || took === count) message.ack(true).catch(reject)
          if (took === count) resolve()
        }
        consumer = taking.basicConsume('jobs', { noAck: false }, came)
        consumer.catch(reject)
      })
      await taking.basicCancel((await consumer).tag) // answered after the acks before it
    },
    close: () => connection.close(),
  }
}
