import { expect, it } from 'vitest'
import { MessageLimit } from './message-limit.ts'

it('reads the limit of a broker from what ends a channel, and refuses what is larger from then on', () => {
  const limit = new MessageLimit()
  const body = (bytes: number): Uint8Array => new Uint8Array(bytes)
  limit.learn(new Error('BasicPublish: PRECONDITION_FAILED - unknown delivery tag 7'))
  expect(limit.refusal(body(5000))).toBeUndefined()
  limit.learn(
    new Error('BasicPublish: PRECONDITION_FAILED - message size 5000 is larger than configured max size 4096'),
  )
  expect(limit.refusal(body(4096))).toBeUndefined()
  expect(limit.refusal(body(4097))).toMatchObject({ code: 'FOREBAY_TOO_LARGE', retryable: false })
  limit.learn(new Error('message size 9000 is larger than max size 8000'))
  expect(limit.refusal(body(4097))).toBeUndefined()
  expect(limit.refusal(body(8001))).toBeDefined()
  limit.forget()
  expect(limit.refusal(body(8001))).toBeUndefined()
})
