import { checkNumber, show } from '../../kernel/check.ts'
import type { Gate } from '../../kernel/gate.ts'
import { gateFill } from '../../kernel/gate-fill.ts'

/** Where pressure is read: for how much of the time downstream takes nothing, how full a gate is, or your own figure from 0 to 1. */
export type Pressure = 'downstream' | Gate | (() => number)

/** Reads the pressure now; `undefined` where it is what the stage itself sees of downstream. */
export function pressureReader(pressure: Pressure): (() => number) | undefined {
  if (pressure === 'downstream') return undefined
  if (typeof pressure === 'function') return () => checkNumber('pressure', pressure(), 0, 1)
  if (typeof (pressure as Partial<Gate> | null)?.inspect === 'function') return () => gateFill(pressure)
  throw new TypeError(`pressure: expected 'downstream', a gate or a function, got ${show(pressure)}`)
}
