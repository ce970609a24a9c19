// The same work through a store of ours; `url` says which. Each step has a receiver of its own, with the window of that
// step, from its first message on and until its last ack: what was put before the clock began is then at the broker.
import { openStore } from '@forebay/connectors'
import { bytesCodec } from 'forebay/queue'

export async function open(url, name) {
  const store = await openStore(url)
  const queue = await store.queue(name, { codec: bytesCodec })
  const sender = queue.sender()

  async function put(bodies) {
    await sender.put(bodies.map((body) => ({ body })))
  }

  async function consume(total, { batch, window, each }, onBody) {
    const receiver = queue.receiver({ prefetch: window })
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
      receiver.onDelivery((deliveries) => {
        for (const delivery of deliveries) {
          onBody(delivery.body)
          if (each) delivery.ack().then(one, reject)
          else {
            waiting.push(delivery)
            if (waiting.length === batch) flush()
          }
        }
        if (waiting.length > 0 && granted === total) flush()
      })
      const flush = () => {
        const acked = waiting
        waiting = []
        receiver.ackAll(acked).then(endOf(acked.length), reject)
      }
      grant(window)
    })
    await receiver.close()
  }

  return { put, consume, close: () => store.close() }
}
