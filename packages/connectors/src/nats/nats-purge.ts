import type { NatsConnection } from './nats-connection.ts'
import type { NatsFates } from './nats-fates.ts'
import { deliveryInfo } from './nats-message.ts'
import type { NatsPuller } from './nats-puller.ts'
import type { NatsStreams } from './nats-streams.ts'

const ACK = '+ACK'
const PURGE = 500

interface Parts {
  readonly connection: NatsConnection
  readonly streams: NatsStreams
  readonly fates: NatsFates
  readonly puller: NatsPuller
}

/**
 * Removes what is ready and what waits to be tried again (`delayed`, by its numbers), and forgets what became of it.
 * Returns how many.
 */
export async function purgeReady(parts: Parts, delayed: readonly number[]): Promise<number> {
  const { connection, streams, fates, puller } = parts
  let count = 0
  for (const seq of delayed) {
    if (await streams.remove(streams.names.stream, seq)) count++
    await fates.forget(seq)
  }
  // What is leased has to stay, so that what is ready is taken out as a consumer would.
  for (;;) {
    const { messages } = await puller.now(PURGE)
    await Promise.all(
      messages.map(async ({ reply = '' }) => {
        const info = deliveryInfo(reply)
        if (info !== undefined && info.count > 1) await fates.forget(info.seq)
        connection.publish(reply, ACK)
      }),
    )
    await connection.api('INFO') // the server has heard of all of it by then
    if (messages.length === 0) return count
    count += messages.length
  }
}
