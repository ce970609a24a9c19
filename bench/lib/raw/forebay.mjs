// The same work through a store of ours; `url` says which.
import { openStore } from '@forebay/connectors'
import { bytesCodec } from 'forebay/queue'

export async function open(url, name, window) {
  const store = await openStore(url)
  const queue = await store.queue(name, { codec: bytesCodec })
  const sender = queue.sender()
  const receiver = queue.receiver({ prefetch: window })
  let came = () => {}
  receiver.onDelivery((deliveries) => came(deliveries))

  async function put(bodies) {
    await sender.put(bodies.map((body) => ({ body })))
  }

  async function consume(total, { batch, window: most, each }, onBody) {
    let granted = 0
    let settled = 0
    const grant = (count) => {
      const more = Math.min(count, total - granted)
      granted += more
      if (more > 0) receiver.grant(more)
    }
    await new Promise((resolve, reject) => {
      let waiting = []
      const ended = (count) => {
        settled += count
        if (settled === total) resolve()
        else grant(count)
      }
      const endOf = (count) => () => ended(count)
      const one = endOf(1)
      came = (deliveries) => {
        for (const delivery of deliveries) {
          onBody(delivery.body)
          if (each) delivery.ack().then(one, reject)
          else {
            waiting.push(delivery)
            if (waiting.length === batch) flush()
          }
        }
        if (waiting.length > 0 && granted === total) flush()
      }
      const flush = () => {
        const acked = waiting
        waiting = []
        receiver.ackAll(acked).then(endOf(acked.length), reject)
      }
      grant(most)
    })
  }

  return { put, consume, close: () => store.close() }
}
