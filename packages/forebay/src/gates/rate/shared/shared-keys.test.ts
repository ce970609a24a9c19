import { describe, expect, it } from 'vitest'
import { SharedKeys } from './shared-keys.ts'

describe('SharedKeys', () => {
  it('remembers ten thousand keys however many are named, and never forgets one with something under way', () => {
    const keys = new SharedKeys()
    const busy = Array.from({ length: 100 }, (_, i) => keys.of(`busy ${i}`))
    for (const key of busy) key.stock = 1

    for (let i = 0; i < 100_000; i++) keys.of(`stranger ${i}`)

    expect(keys.size).toBeLessThanOrEqual(10_200)
    for (const [i, key] of busy.entries()) expect(keys.of(`busy ${i}`)).toBe(key)
  })
})
