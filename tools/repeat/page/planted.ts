import { expect, test } from 'vitest'

/** Fails, to prove that a page says so. */
test('one is two and fails', () => {
  expect(1).toBe(2)
})
