import type { Held } from 'forebay/queue'
import { expect, it } from 'vitest'
import { SentAcks } from './sent-acks.ts'

const message = (): Held => ({}) as Held

it('has what was sent after the last answer was asked for', () => {
  const acks = new SentAcks()
  const [one, two, three, four] = [message(), message(), message(), message()]
  acks.add(one)
  acks.add(two)
  const first = acks.sent
  acks.add(three)
  const second = acks.sent
  acks.add(four)
  acks.read(first)
  acks.read(first)
  expect(acks.take()).toEqual([three, four])
  acks.read(second)
  expect(acks.take()).toEqual([])
})

it('forgets all that the broker has read, whatever the order of its answers', () => {
  const acks = new SentAcks()
  const last = message()
  for (const held of [message(), message()]) acks.add(held)
  const early = acks.sent
  acks.add(message())
  const late = acks.sent
  acks.add(last)
  acks.read(late)
  acks.read(early)
  const [left, ...others] = acks.take()
  expect(left).toBe(last)
  expect(others).toEqual([])
})
