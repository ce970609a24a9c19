// A quorum queue of RabbitMQ by hand: confirms awaited, deliveries pushed up to the prefetch, acks as the protocol has them.
import { Connection } from 'rabbitmq-client'

export async function open(url, name) {
  const connections = [new Connection(url), new Connection(url)]
  const [out, incoming] = await Promise.all(connections.map((connection) => connection.acquire()))
  const queue = { queue: name, durable: true, arguments: { 'x-queue-type': 'quorum' } }
  await out.queueDeclare(queue)
  await out.confirmSelect()
  await new Promise((resolve) => setTimeout(resolve, 2000)) // it may lose what it confirms before that
  const envelope = { routingKey: name, durable: true }

  async function put(bodies) {
    await Promise.all(bodies.map((body) => out.basicPublish(envelope, body)))
  }

  async function consume(total, { batch, window, each }, onBody) {
    await incoming.basicQos({ prefetchCount: window })
    let seen = 0
    let consumerTag
    await new Promise((resolve, reject) => {
      const came = ({ body, deliveryTag }) => {
        onBody(body)
        seen++
        if (each) incoming.basicAck({ deliveryTag })
        else if (seen % batch === 0 || seen === total) incoming.basicAck({ deliveryTag, multiple: true })
        if (seen === total) resolve()
      }
      incoming.basicConsume({ queue: name }, came).then((answer) => ({ consumerTag } = answer), reject)
    })
    await incoming.basicCancel(consumerTag) // in order behind the acks: it has read them
  }

  return { put, consume, close: () => Promise.all(connections.map((connection) => connection.unsafeDestroy())) }
}
