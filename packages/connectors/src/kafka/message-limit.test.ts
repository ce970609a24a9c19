import { messageBytes, type Outgoing } from 'forebay/queue'
import { describe, expect, it } from 'vitest'
import { MessageLimit } from './message-limit.ts'

function item(length: number, headers: Record<string, string> = {}): Outgoing {
  const parts = { id: 'm1', headers, body: new Uint8Array(length) }
  const rest = { key: undefined, group: undefined, level: 1, delayMs: 0, ttlMs: Infinity, isKnown: false } as const
  return { ...parts, ...rest, bytes: messageBytes(parts) }
}

describe('how large a message of a queue in Kafka may be', () => {
  it('is what was asked for when its topics were made, whatever it is made of', () => {
    for (const maxItemBytes of [1024, 100_000, 1024 * 1024]) {
      const limit = new MessageLimit('mails', maxItemBytes + 64 * 1024)
      const headers = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`forebay-${i}`, '']))
      const bare = item(0, headers).bytes
      expect(limit.refuses(item(maxItemBytes - item(0).bytes))).toBeUndefined()
      if (bare < maxItemBytes) expect(limit.refuses(item(maxItemBytes - bare, headers))).toBeUndefined()
    }
  })

  it('leaves room for attempts that fail, and counts bytes, not characters', () => {
    const limit = new MessageLimit('mails', 1024 * 1024)
    expect(limit.refuses(item(1_010_000))).toBeUndefined()
    expect(limit.refuses(item(1_020_000))).toMatchObject({ code: 'FOREBAY_TOO_LARGE', retryable: false })
    expect(limit.refuses(item(10, { name: 'x'.repeat(500_000) }))).toBeUndefined()
    expect(limit.refuses(item(10, { name: '語'.repeat(500_000) }))).toMatchObject({ code: 'FOREBAY_TOO_LARGE' })
    expect(new MessageLimit('mails', 2000).refuses(item(1500))).toMatchObject({ code: 'FOREBAY_TOO_LARGE' })
  })
})
