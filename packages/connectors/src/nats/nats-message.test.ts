import { expect, it } from 'vitest'
import { deliveryInfo } from './nats-message.ts'

it('reads what a delivery is acknowledged to, as older and newer servers write it', () => {
  const expected = { seq: 17, count: 2, at: 1_795_292_861_941 }
  expect(deliveryInfo('$JS.ACK.S.c.2.17.5.1795292861941787139.4')).toEqual(expected)
  expect(deliveryInfo('$JS.ACK.domain.hash.S.c.2.17.5.1795292861941787139.4.random')).toEqual(expected)
})

it('takes other subjects for no delivery', () => {
  expect(deliveryInfo('_INBOX.abc.1')).toBeUndefined()
  expect(deliveryInfo('')).toBeUndefined()
})
