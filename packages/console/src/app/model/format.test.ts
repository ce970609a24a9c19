import { expect, test } from 'vitest'
import { bytes, count, duration, grouped, percent, rate } from './format.ts'

test.each([
  [0, '0'],
  [1234, '1,234'],
  [98_765, '98,765'],
  [123_456, '123k'],
  [4_123_000, '4.12M'],
  [Number.POSITIVE_INFINITY, '∞'],
])('count %d is %s', (value, text) => expect(count(value)).toBe(text))

test.each([
  [0, '0 ms'],
  [0.85, '850 µs'],
  [3.14, '3.1 ms'],
  [240, '240 ms'],
  [1400, '1.4 s'],
  [60_000, '60 s'],
  [180_000, '3 min'],
  [Number.NaN, '–'],
])('duration %d is %s', (ms, text) => expect(duration(ms)).toBe(text))

test('accounts show every digit', () => expect(grouped(1_048_476)).toBe('1,048,476'))
test('something is never shown as nothing', () => {
  expect(percent(0.004)).toBe('<1 %')
  expect(percent(0)).toBe('0 %')
  expect(rate(0.01)).toBe('<0.1')
})
test('bytes are in powers of 1024', () =>
  expect([bytes(512), bytes(1536), bytes(64 * 1024 ** 2)]).toEqual(['512 B', '1.5 KiB', '64 MiB']))
