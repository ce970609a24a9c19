import { systemClock } from 'forebay'
import { expect, it } from 'vitest'
import type { Msg, NatsConnection } from './nats-connection.ts'
import { NatsPuller } from './nats-puller.ts'
import type { NatsStreams } from './nats-streams.ts'

/** A server that keeps pulls until it is told to answer. */
function quietServer(): {
  puller: NatsPuller
  asked: string[]
  answer: (subject: string, name?: string) => void
  connection: { isAway: boolean }
} {
  const heard: ((message: Msg) => void)[] = []
  const asked: string[] = []
  const connection = {
    isAway: false,
    inbox: () => 'inbox',
    subscribe: (_: string, callback: (message: Msg) => void) => void heard.push(callback),
    publish: (_: string, __: string, reply: string) => void asked.push(reply),
  }
  const streams = { names: { stream: 's', consumer: 'c' } } as unknown as NatsStreams
  const puller = new NatsPuller({
    connection: connection as unknown as NatsConnection,
    streams,
    clock: systemClock,
    came: () => undefined,
  })
  const answer = (subject: string, name?: string): void => {
    const headers = name === undefined ? { code: 404 } : undefined
    heard[0]?.({ subject, reply: name && `$JS.ACK.${name}`, headers } as unknown as Msg)
  }
  return { puller, asked, answer, connection }
}

const NOTHING = { messages: [], isDry: true }
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it('gives each of several calls at once its own answer', async () => {
  const { puller, asked, answer } = quietServer()
  const [first, second] = [puller.now(1), puller.now(1)]
  await turn()
  expect(asked).toHaveLength(1)
  answer(asked[0] as string, 'one')
  expect((await first).messages).toMatchObject([{ reply: '$JS.ACK.one' }])
  await turn()
  expect(asked).toHaveLength(2)
  answer(asked[1] as string, 'two')
  expect((await second).messages).toMatchObject([{ reply: '$JS.ACK.two' }])
})

it('asks nobody while the server is away', async () => {
  const { puller, asked, connection } = quietServer()
  const calls = [puller.now(1), puller.now(1)]
  await turn()
  connection.isAway = true
  puller.forget()
  expect(await Promise.all(calls)).toEqual([NOTHING, NOTHING])
  expect(asked).toHaveLength(1)
})
