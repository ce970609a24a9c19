import { messageBytes, type Outgoing } from 'forebay/queue'
import { describe, expect, it } from 'vitest'
import { MessageLimit } from './message-limit.ts'

function item(length: number, headers: Record<string, string> = {}): Outgoing {
  const parts = { id: 'm1', headers, body: new Uint8Array(length) }
  const rest = { key: undefined, group: undefined, level: 1, delayMs: 0, ttlMs: Infinity, isKnown: false } as const
  return { ...parts, ...rest, bytes: messageBytes(parts) }
}

function limitOf(maxMessageBytes: number): MessageLimit {
  return new MessageLimit('mails', maxMessageBytes, () => Promise.resolve(undefined))
}

describe('how large a message of a queue in Kafka may be', () => {
  it('is what was asked for when its topics were made, whatever it is made of', () => {
    for (const maxItemBytes of [1024, 100_000, 1024 * 1024]) {
      const limit = limitOf(maxItemBytes + 64 * 1024)
      const headers = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`forebay-${i}`, '']))
      const bare = item(0, headers).bytes
      expect(limit.refuses(item(maxItemBytes - item(0).bytes))).toBeUndefined()
      if (bare < maxItemBytes) expect(limit.refuses(item(maxItemBytes - bare, headers))).toBeUndefined()
    }
  })

  it('leaves room for attempts that fail, and counts bytes, not characters', () => {
    const limit = limitOf(1024 * 1024)
    expect(limit.refuses(item(1_010_000))).toBeUndefined()
    expect(limit.refuses(item(1_020_000))).toMatchObject({ code: 'FOREBAY_TOO_LARGE', retryable: false })
    expect(limit.refuses(item(10, { name: 'x'.repeat(500_000) }))).toBeUndefined()
    expect(limit.refuses(item(10, { name: '語'.repeat(500_000) }))).toMatchObject({ code: 'FOREBAY_TOO_LARGE' })
    expect(limitOf(2000).refuses(item(1500))).toMatchObject({ code: 'FOREBAY_TOO_LARGE' })
  })

  it('is asked for again when the broker refuses a batch, since somebody may have set it lower', async () => {
    let now: number | undefined = 1024 * 1024
    const limit = new MessageLimit('mails', 1024 * 1024, () => Promise.resolve(now))
    const before = limit.batchBytes
    expect(await limit.hasChanged()).toBe(false)
    now = 100_000
    expect(await limit.hasChanged()).toBe(true)
    expect(limit.batchBytes).toBeLessThan(Math.min(before, now))
    expect(limit.refuses(item(100_000))).toMatchObject({ code: 'FOREBAY_TOO_LARGE' })
    now = undefined // the broker does not say
    expect(await limit.hasChanged()).toBe(false)
    expect(limit.refuses(item(100_000))).toMatchObject({ code: 'FOREBAY_TOO_LARGE' })
  })
})
