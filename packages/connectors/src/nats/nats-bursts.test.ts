import { afterEach, expect, it, vi } from 'vitest'
import type { Msg } from './nats-connection.ts'
import { NatsBursts } from './nats-bursts.ts'

const answer = (subject: string, code?: number): Msg =>
  ({ subject, data: { length: code === undefined ? 1 : 0 }, headers: code === undefined ? undefined : { code } }) as Msg

const caught = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error)

afterEach(() => void vi.useRealTimers())

it('resolves with all answers in the order of what was asked, however they come', async () => {
  const bursts = new NatsBursts('inbox', 1000)
  const replies: string[] = []
  const first = bursts.ask(2, (_, reply) => replies.push(reply))
  const second = bursts.ask(1, (_, reply) => replies.push(reply))
  expect(new Set(replies).size).toBe(3)
  for (const reply of replies.toReversed()) bursts.came(answer(reply))
  expect((await first).map(({ subject }) => subject)).toEqual(replies.slice(0, 2))
  expect(await second).toHaveLength(1)
})

it('counts an answer once, and none to what it did not ask', async () => {
  const bursts = new NatsBursts('inbox', 1000)
  const [first, second] = [answer('inbox.0.0'), answer('inbox.0.1')]
  const answers = bursts.ask(2, () => {})
  bursts.came(first)
  for (const subject of ['inbox.0.0', 'inbox.0.2', 'inbox.0.-1', 'inbox.0.x', 'inbox.0', 'inbox.7.0', 'else'])
    bursts.came(answer(subject))
  bursts.came(second)
  const all = await answers
  expect(all).toHaveLength(2)
  expect(all[0]).toBe(first)
  expect(all[1]).toBe(second)
})

it('rejects when nobody answers for JetStream, and hears no more of that call', async () => {
  const bursts = new NatsBursts('inbox', 1000)
  const replies: string[] = []
  const asked = caught(bursts.ask(2, (_, reply) => replies.push(reply)))
  bursts.came(answer(replies[0] as string, 503))
  bursts.came(answer(replies[1] as string))
  expect(await asked).toMatchObject({ kind: 'away', retryable: true })
})

it('rejects when what is to be sent is refused, when an answer does not come, and when the connection breaks', async () => {
  vi.useFakeTimers()
  const bursts = new NatsBursts('inbox', 1000)
  const refuse = (): void => {
    throw new Error('max_payload size exceeded')
  }
  expect(await caught(bursts.ask(1, refuse))).toMatchObject({ code: 'FOREBAY_UNAVAILABLE' })
  const late = caught(bursts.ask(1, () => {}))
  vi.advanceTimersByTime(1000)
  expect(await late).toMatchObject({ message: 'nats: timeout', retryable: true })
  const broken = caught(bursts.ask(1, () => {}))
  bursts.giveUp('gone')
  expect(await broken).toBe('gone')
  expect(vi.getTimerCount()).toBe(0)
})
