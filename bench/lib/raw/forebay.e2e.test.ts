import { openStore } from '@forebay/connectors'
import { expect, test } from 'vitest'
import { requireServer } from '../../../tools/services/require-server.ts'
// @ts-expect-error it has no types
import { open } from './forebay.mjs'

const server = await requireServer('rabbitmq')
const bodies = (count: number): Buffer[] => Array.from({ length: count }, () => Buffer.alloc(1000))

test.skipIf(!server.available)(
  'what is put between two steps is at the broker when the clock of the next one starts',
  async () => {
    const contender = await open(server.url, 'fair')
    await contender.put(bodies(1024))
    let came = 0
    await contender.consume(1024, { batch: 256, window: 1024 }, () => came++)
    for (let batch = 0; batch < 4; batch++) await contender.put(bodies(256))

    const store = await openStore(server.url as `amqp://${string}`)
    const queue = await store.queue('fair')
    await expect.poll(async () => (await queue.measure()).ready).toBe(1024)

    await contender.close()
    await store.close()
    await server.stop()
    expect(came).toBe(1024)
  },
)
