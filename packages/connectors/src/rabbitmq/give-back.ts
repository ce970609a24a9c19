import type { Channel } from 'rabbitmq-client'

/**
 * Most that go back in one frame. A quorum queue puts back what comes together in its order up to 32 messages, and in any order
 * from 33 on, also when they came in frames of their own but faster than it takes them.
 */
const CHUNK = 32

/** Gives back everything that is unsettled on a channel, in order; `tags` ascend and are all there are. */
export function giveBackAll(channel: Channel, tags: readonly number[]): void {
  if (!channel.active) return
  for (let end = CHUNK; end < tags.length + CHUNK; end += CHUNK) {
    const deliveryTag = tags[Math.min(end, tags.length) - 1] as number
    channel.basicNack({ deliveryTag, multiple: true, requeue: true })
  }
}

/** Gives back some of what is unsettled on a channel. */
export function giveBackSome(channel: Channel, tags: Iterable<number>): void {
  if (!channel.active) return
  for (const deliveryTag of tags) channel.basicNack({ deliveryTag, requeue: true })
}
