import type { Clock } from '../../kernel/clock.ts'
import type { Codec } from '../codec.ts'
import { pause } from '../pause.ts'
import { pictureOf } from '../picture.ts'
import type { RedriveOptions } from '../queue.ts'
import { checkRedrive } from '../redrive.ts'
import type { BrokerLink } from './broker-link.ts'

/** Puts dead letters of a broker back, a few at a time, no faster than the rate. `moved` is told of each few. */
export async function redriveAll<T>(
  link: BrokerLink,
  options: RedriveOptions<T>,
  world: { clock: Clock; codec: Codec<T>; moved: (count: number) => void },
): Promise<number> {
  const { max, rate, filter, bucket } = checkRedrive(options)
  let count = 0
  for (;;) {
    options.signal?.throwIfAborted()
    const want = Math.min(bucket, max - count)
    const moved = await link.redrive(want, (message) => filter(pictureOf(message, message.failed, world.codec)))
    world.moved(moved)
    count += moved
    if (moved < want || count >= max) return count
    await pause(world.clock, (bucket * 1000) / rate, options.signal)
  }
}
