import { afterAll, describe, expect, it } from 'vitest'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { natsStore } from '../../src/nats/index.ts'

const server = await requireServer('nats')
afterAll(() => server.stop())

const MiB = 1024 * 1024
const raw = { encode: (body: Uint8Array) => body, decode: (body: Uint8Array) => body }

describe.skipIf(!server.available)('a queue in NATS', () => {
  it('buries the largest message that it takes, with its history', async () => {
    await using store = await natsStore(server.url, { prefix: 'largest' })
    const queue = await store.queue('q', { codec: raw, maxAttempts: 3, backoff: () => 0 })
    const [sender, receiver] = [queue.sender(), queue.receiver()]
    const isTaken = async (size: number): Promise<boolean> => {
      try {
        await sender.put([{ body: new Uint8Array(size) }])
      } catch (error) {
        expect(error).toMatchObject({ code: 'FOREBAY_TOO_LARGE' })
        return false
      }
      await (await receiver.next())?.ack()
      return true
    }
    let size = MiB / 2
    for (let step = size / 2; step >= 1; step /= 2) if (await isTaken(size + step)) size += step
    expect(size).toBeGreaterThan(MiB - 32 * 1024)
    await sender.put([{ body: new Uint8Array(size) }, { body: new Uint8Array(1) }])
    for (let attempt = 0; attempt < 3; attempt++)
      await Promise.all(
        (await receiver.batch(attempt === 0 ? 2 : 1, 2000)).map((delivery) =>
          delivery.body.length > 1 ? delivery.nack({ reason: '\u0001'.repeat(500) }) : delivery.ack(),
        ),
      )
    expect(await queue.measure()).toMatchObject({ ready: 0, leased: 0, dead: 1 })
    const [dead] = await queue.peek(1, 'dead')
    expect(dead?.history).toHaveLength(3)
  })
})
