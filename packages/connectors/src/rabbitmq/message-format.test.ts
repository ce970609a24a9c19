import { afterFailure, type Outgoing } from 'forebay/queue'
import type { AsyncMessage } from 'rabbitmq-client'
import { describe, expect, test } from 'vitest'
import { FRAME_BYTES, movedParcel, outgoingParcel, refusal, storedMessage, type Parcel } from './message-format.ts'

const item: Outgoing = {
  id: 'one',
  isKnown: false,
  key: undefined,
  group: undefined,
  level: 1,
  delayMs: 0,
  ttlMs: Infinity,
  headers: undefined,
  body: Uint8Array.of(1, 2, 3),
  bytes: 54,
}

/** A message as it comes back, with what the broker adds to its headers. */
function arrived({ envelope, body }: Parcel, added: Record<string, unknown> = {}): AsyncMessage {
  const { messageId, headers } = envelope
  return { messageId, headers: { ...headers, ...added }, body, deliveryTag: 1, redelivered: false } as AsyncMessage
}

function foreign(properties: Partial<AsyncMessage>): AsyncMessage {
  return { deliveryTag: 1, redelivered: false, body: Buffer.from('x'), ...properties } as AsyncMessage
}

function size(value: unknown): number {
  return Buffer.byteLength(String(value))
}

describe('a message in RabbitMQ', () => {
  test('comes back as it was put, and counts what it counted', () => {
    const parcel = outgoingParcel({ ...item, headers: { trace: 'abc' } }, 'q', 1_700_000_000_000)

    const { stored, due } = storedMessage(arrived(parcel), 7, 0)

    expect(stored).toMatchObject({ seq: 7, id: 'one', failed: 0, enqueuedAt: 1_700_000_000_000, expiresAt: 0 })
    expect(stored.headers).toEqual({ trace: 'abc' })
    expect([...stored.body]).toEqual([1, 2, 3])
    expect(stored.bytes).toBe(48 + 3 + 3 + 'traceabc'.length)
    expect(due).toBe(0)
    expect(parcel.envelope).toMatchObject({ routingKey: 'q', durable: true, mandatory: true })
  })

  test('keeps an id that is too long for the protocol', () => {
    const id = 'é😀'.repeat(160)
    const parcel = outgoingParcel({ ...item, id }, 'q', 9)
    expect(size(parcel.envelope.messageId)).toBeLessThanOrEqual(255)
    const { stored } = storedMessage(arrived(parcel), 0, 0)
    expect(stored).toMatchObject({ id, headers: {} })
    expect(storedMessage(arrived(movedParcel(stored, 'dead', 0)), 0, 0).stored.id).toBe(id)
  })

  test('keeps the time when it is due and when it ends', () => {
    const parcel = outgoingParcel({ ...item, delayMs: 300, ttlMs: 5000 }, 'q', 1_700_000_000_000)

    const { stored, due } = storedMessage(arrived(parcel), 0, 0)

    expect(due).toBe(1_700_000_000_300)
    expect(stored.expiresAt).toBe(1_700_000_005_000)
  })

  test('keeps its attempts and its history when it moves, and its headers', () => {
    const history = [{ attempt: 1, at: 5, reason: 'no' }]
    const { stored } = storedMessage(arrived(outgoingParcel({ ...item, headers: { a: 'b' } }, 'q', 9)), 0, 0)

    const moved = movedParcel({ ...stored, failed: 1, history }, 'dead', 0)

    expect(moved.envelope.routingKey).toBe('dead')
    expect(storedMessage(arrived(moved), 0, 0).stored).toMatchObject({
      id: 'one',
      failed: 1,
      history,
      headers: { a: 'b' },
      enqueuedAt: 9,
    })
  })

  test("takes no header of a caller for one of ours or of the broker's", () => {
    const headers = { 'forebay-failed': '7', 'x-delivery-count': '900', 'forebay-header-x': 'y' }
    const parcel = outgoingParcel({ ...item, headers }, 'q', 9)

    const { stored } = storedMessage(arrived(parcel, { 'x-delivery-count': 2, 'x-death': [{}] }), 0, 0)

    expect(stored.failed).toBe(0)
    expect(stored.headers).toEqual(headers)
  })

  test('refuses a header whose name is too long for the protocol', () => {
    expect(() => outgoingParcel({ ...item, headers: { ['n'.repeat(256)]: '' } }, 'q', 9)).toThrow(RangeError)
  })

  test('is refused when its headers leave no room in a frame for what retries add', () => {
    const large = (length: number): Outgoing => ({ ...item, headers: { h: 'é'.repeat(length / 2) } })
    expect(refusal(large(200_000), 'q')).toMatchObject({ code: 'FOREBAY_TOO_LARGE', retryable: false })
    expect(refusal(large(98_304), 'q')).toBeDefined()
    expect(refusal(large(98_000), 'q')).toBeUndefined()

    let { stored } = storedMessage(arrived(outgoingParcel(large(98_000), 'q', 9)), 0, 0)
    for (let failed = 1; failed <= 9; failed++) stored = afterFailure(stored, failed, 9, '\u0001'.repeat(600))
    const moved = movedParcel(stored, 'dead', 99)

    const { headers = {} } = moved.envelope
    const bytes = Object.entries(headers).reduce((sum, [name, value]) => sum + 6 + size(name) + size(value), 0)
    expect(bytes).toBeLessThan(FRAME_BYTES - 4096)
    expect(storedMessage(arrived(moved), 0, 0).stored.history).toHaveLength(8)
  })

  test('of another program that fills the frame by itself loses its history, and not its place', () => {
    const { stored } = storedMessage(foreign({ headers: { h: 'x'.repeat(FRAME_BYTES - 2500) } }), 0, 1)
    const moved = movedParcel(afterFailure(stored, 1, 9, 'no'.repeat(250)), 'dead', 0)
    expect(storedMessage(arrived(moved), 0, 0).stored).toMatchObject({ failed: 1, history: undefined })
  })

  test('has one attempt burnt for twenty deliveries that ended with their process', () => {
    const message = arrived(outgoingParcel(item, 'q', 9))
    const failed = (count: number): number =>
      storedMessage({ ...message, headers: { ...message.headers, 'x-delivery-count': count } }, 0, 0).stored.failed
    expect([0, 19, 20, 45].map((count) => failed(count))).toEqual([0, 0, 1, 2])
  })

  test('of another program is taken as it is', () => {
    const text = storedMessage(foreign({ body: 'hello', timestamp: 5, headers: { a: 'b', n: 3 } }), 4, 1000).stored
    expect(text).toMatchObject({ id: 'amqp-4', enqueuedAt: 5000, headers: { a: 'b' }, failed: 0, history: undefined })
    expect(Buffer.from(text.body).toString()).toBe('hello')
    const object = storedMessage(foreign({ body: { a: 1 } }), 0, 1000).stored
    expect(Buffer.from(object.body).toString()).toBe('{"a":1}')
    expect(object.enqueuedAt).toBe(1000)
    const odd = { 'forebay-history': '{', 'forebay-at': 'never', 'x-delivery-count': null }
    expect(storedMessage(foreign({ headers: odd }), 0, 1000).stored).toMatchObject({ history: undefined, failed: 0 })
  })
})
