import type { StageSnapshot } from 'forebay/observe'
import { expect, test } from 'vitest'
import { wantedSlots } from './scale.ts'

function stage(slots: number, pressure: number, wouldHelp = true): StageSnapshot {
  return { slots, scale: { min: 2, max: 16, pressure, wouldHelp, reason: '' } } as StageSnapshot
}

test('what a stage wants follows its pressure, within its bounds', () => {
  expect(wantedSlots(stage(8, 1.5))).toBe(12)
  expect(wantedSlots(stage(8, 0.4))).toBe(4)
  expect(wantedSlots(stage(8, 9))).toBe(16)
  expect(wantedSlots(stage(8, 0))).toBe(2)
})

test('a little too much or too little is as it should be', () => {
  expect(wantedSlots(stage(8, 1.08))).toBe(8)
  expect(wantedSlots(stage(8, 0.93))).toBe(8)
  expect(wantedSlots({ slots: 5 } as StageSnapshot)).toBe(5)
})

test('nothing more is wanted where more would not help, and less may be', () => {
  expect(wantedSlots(stage(8, 2, false))).toBe(8)
  expect(wantedSlots(stage(8, 0.5, false))).toBe(4)
})
