import { describe, expect, test } from 'vitest'
import { openStore } from '../open-store.ts'

describe('the URL of a store on RabbitMQ', () => {
  test.each(['amqp://u:s3/cret@h', 'amqp://u:s3cret%zz@h', 'amqp://u:s3cret@h/%zz'] as const)(
    'is refused without its password when it cannot be read: %#',
    async (url) => {
      const error: unknown = await openStore(url).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(RangeError)
      expect((error as Error).message).toContain('url: expected')
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(/s3|cret/)
    },
  )
})
