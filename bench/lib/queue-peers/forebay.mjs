import { openStore } from '@forebay/connectors'
import { bytesCodec } from 'forebay/queue'
import { idOf, inPairs } from './job.mjs'

/** The disk queue: a put and an ack resolve when they are on disk. A drain opens a receiver of its own, and closes it. */
export async function open({ folder }) {
  const store = await openStore(`disk:${folder}`)
  const queue = await store.queue('jobs', { codec: bytesCodec })
  const sender = queue.sender()
  return {
    put: (bodies) => sender.put(bodies.map((body) => ({ body }))),
    drain: async (count, batch, saw) => {
      const receiver = queue.receiver({ prefetch: 512 })
      await inPairs(count, async () => {
        const deliveries = await receiver.batch(batch, 20)
        for (const { body } of deliveries) saw(idOf(body))
        return { took: deliveries.length, acked: receiver.ackAll(deliveries) }
      })
      await receiver.close()
    },
    close: () => store.close(),
  }
}
