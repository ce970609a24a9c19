import { describe, expect, it } from 'vitest'
import { flow } from '../flow/sources.ts'
import { matchers } from './matchers.ts'
import { world } from './world.ts'

describe('toMatchWaits', () => {
  it('draws every way from an end up to a source, with what its edges hold', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      const run = w.run(source.flow.buffer(2).merge(flow([9]).buffer(4)), sink)
      source.send(1, 2, 3, 4, 5)
      await w.advance(1)

      const full = matchers.toMatchWaits(run, 'sink probe ⇐ merge ⇐ buffer(full 2/2) ⇐ source probe')
      expect(full.message()).toContain('buffer(full 2/2)')
      expect(full.pass).toBe(true)
      expect(matchers.toMatchWaits(run, 'sink probe ⇐ source probe').pass).toBe(false)
    })
  })
})

describe('toBeBoundedBy', () => {
  const program = flow
    .range(1, 9)
    .buffer({ items: 4, bytes: '1KiB' })
    .to(() => {})

  it('takes bytes, or items and bytes', () => {
    expect(matchers.toBeBoundedBy(program, { items: 10 }).pass).toBe(true)
    expect(matchers.toBeBoundedBy(program, { items: 2 })).toMatchObject({ pass: false })
    expect(matchers.toBeBoundedBy(program, '1B').message()).toMatch(/expected at most 1 bytes/)
  })
})
