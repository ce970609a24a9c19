import type { Channel, SyncMessage } from 'rabbitmq-client'
import { describe, expect, test } from 'vitest'
import { Browser } from './browser.ts'
import type { RabbitConnection } from './rabbit-connection.ts'

/** A connection to a queue with messages named `0`, `1` …, and what has been acknowledged and given back there. */
function queueOf(count: number): { connection: RabbitConnection; acked: number[]; back: number[] } {
  const [acked, back]: [number[], number[]] = [[], []]
  let next = 0
  const channel = {
    active: true,
    basicGet: () =>
      Promise.resolve(
        next === count
          ? undefined
          : ({ deliveryTag: next + 1, messageId: `${next++}`, body: Buffer.from('x') } as unknown as SyncMessage),
      ),
    queueDeclare: () => Promise.resolve({ messageCount: count - next }),
    basicAck: ({ deliveryTag }: { deliveryTag: number }) => acked.push(deliveryTag - 1),
    basicNack: ({ deliveryTag }: { deliveryTag: number }) => back.push(deliveryTag - 1),
    close: () => Promise.resolve(),
  }
  const connection = { channel: () => Promise.resolve(channel as unknown as Channel) }
  return { connection: connection as unknown as RabbitConnection, acked, back }
}

async function redriven(
  count: number,
  chosen: (id: string) => boolean,
): Promise<{ moved: number; unvisited: number[]; acked: number[]; back: number[] }> {
  const { connection, acked, back } = queueOf(count)
  const unvisited: number[] = []
  const moved = await new Browser(connection, 5).redrive('dead', {
    to: 'main',
    target: { publish: (parcels) => Promise.resolve(parcels.map(() => true)) },
    max: 10,
    accept: ({ id }) => chosen(id),
    unvisited: (letters) => unvisited.push(letters),
  })
  return { moved, unvisited, acked, back }
}

describe('a redrive in RabbitMQ', () => {
  test('tells how many dead letters come behind those that it may pass over', async () => {
    const { moved, unvisited, acked, back } = await redriven(20, (id) => id === '2' || id === '9')
    expect({ moved, unvisited, acked }).toEqual({ moved: 1, unvisited: [14], acked: [2] })
    expect(back).toEqual([5]) // all up to there
  })

  test('tells nothing when it has seen them all, or enough', async () => {
    expect(await redriven(6, (id) => id === '0')).toMatchObject({ moved: 1, unvisited: [] })
    expect(await redriven(20, () => true)).toMatchObject({ moved: 10, unvisited: [] })
  })
})
