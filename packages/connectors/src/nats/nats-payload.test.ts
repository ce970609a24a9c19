import { afterFailure, type StoredMessage } from 'forebay/queue'
import { expect, it } from 'vitest'
import { movedHeaders, putHeaders } from './nats-message.ts'
import { deadHeaders, putRoom, sentBytes } from './nats-payload.ts'

const MiB = 1024 * 1024

function failed(body: Uint8Array, reason: string): StoredMessage {
  const fresh = {
    seq: 1,
    id: 'a',
    key: undefined,
    group: undefined,
    level: 1,
    failed: 0,
    enqueuedAt: 1_795_292_861_941,
  }
  let message: StoredMessage = {
    ...fresh,
    level: 1,
    expiresAt: 0,
    headers: undefined,
    history: undefined,
    body,
    bytes: 9,
  }
  for (let i = 1; i <= 20; i++) message = afterFailure(message, i, 1_795_292_861_941, reason)
  return message
}

it('leaves room for the longest history behind every put', () => {
  const item = { id: 'a', key: undefined, group: undefined, level: 1, headers: undefined, delayMs: 0, ttlMs: Infinity }
  const put = { ...item, level: 1, bytes: 9, isKnown: true, body: new Uint8Array(0) } as const
  const room = putRoom(MiB) - sentBytes(putHeaders(put as never, 'c-0'), put.body)
  const dead = failed(new Uint8Array(room), '\u0001'.repeat(500))
  const headers = deadHeaders(dead, 'dead 9007199254740991', MiB)
  expect(headers).toEqual(movedHeaders(dead, 'dead 9007199254740991'))
  expect(sentBytes(headers, dead.body)).toBeLessThanOrEqual(MiB)
})

it('shortens the history of a dead letter until the server takes it, the oldest attempts first', () => {
  const dead = failed(new Uint8Array(MiB - 1000), 'x'.repeat(400))
  const headers = deadHeaders(dead, 'dead 1', MiB)
  expect(sentBytes(headers, dead.body)).toBeLessThanOrEqual(MiB)
  const { y } = JSON.parse(headers['Forebay'] as string) as { y: { attempt: number; reason: string }[] }
  expect(y.map(({ attempt, reason }) => [attempt, reason.length])).toEqual([
    [19, 400],
    [20, 400],
  ])
})

it('cuts the last reason, and leaves the history out when nothing else helps', () => {
  const cut = deadHeaders(failed(new Uint8Array(MiB - 400), 'x'.repeat(400)), 'dead 1', MiB)
  expect(JSON.parse(cut['Forebay'] as string)).toMatchObject({ y: [{ attempt: 20, reason: 'x'.repeat(200) }] })
  const bare = deadHeaders(failed(new Uint8Array(MiB - 120), 'x'.repeat(400)), 'dead 1', MiB)
  expect(JSON.parse(bare['Forebay'] as string)).not.toHaveProperty('y')
})

it('counts bytes as they are sent', () => {
  expect(sentBytes({ A: 'é' }, new Uint8Array(3))).toBe(Buffer.byteLength('NATS/1.0\r\nA: é\r\n\r\n') + 3)
})
