import { describe, expect, it } from 'vitest'
import { byteCount } from './bytes.ts'
import { milliseconds } from './duration.ts'
import { perSecond } from './rate.ts'

describe('a quantity', () => {
  it('is a number, or one with a unit', () => {
    expect([0, 5, '0ms', '5ms', '1.25s', '2m', '1h'].map((value) => milliseconds('wait', value as never))).toEqual([
      0, 5, 0, 5, 1250, 120_000, 3_600_000,
    ])
    expect(['1B', '2KiB', '1.5MiB', '1kB'].map((value) => byteCount('size', value as never))).toEqual([
      1, 2048, 1_572_864, 1000,
    ])
    expect([7, '50/s', '50/m', '50/min', '1/h'].map((value) => perSecond('rate', value as never))).toEqual([
      7,
      50,
      50 / 60,
      50 / 60,
      1 / 3600,
    ])
  })

  it('is refused with the name of the option and what was expected', () => {
    for (const bad of [
      -1,
      Infinity,
      Number.NaN,
      '',
      '5',
      '5x',
      'ms',
      '5/ms',
      '-5ms',
      '5 ms',
      '5ms!',
      '5constructor',
      null,
      {},
    ]) {
      expect(() => milliseconds('wait', bad as never)).toThrow(/^wait: expected milliseconds ≥ 0 .* got /)
    }
    for (const bad of [0, '0B', '1/B', '1kb', undefined, Symbol('B')]) {
      expect(() => byteCount('size', bad as never)).toThrow(/^size: expected bytes > 0 .* got /)
    }
    for (const bad of [0, '0/s', '5s', '5/', '5/d', true]) {
      expect(() => perSecond('rate', bad as never)).toThrow(/^rate: expected permits a second > 0 .* got /)
    }
  })
})
