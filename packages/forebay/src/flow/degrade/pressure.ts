import { checkNumber, show } from '../../kernel/check.ts'
import type { Gate } from '../../kernel/gate.ts'
import { UNBOUNDED } from '../../kernel/receiver.ts'

/** Where pressure is read: for how much of the time downstream takes nothing, how full a gate is, or your own figure from 0 to 1. */
export type Pressure = 'downstream' | Gate | (() => number)

/** Reads the pressure now; `undefined` where it is what the stage itself sees of downstream. */
export function pressureReader(pressure: Pressure): (() => number) | undefined {
  if (pressure === 'downstream') return undefined
  if (typeof pressure === 'function') return () => checkNumber('pressure', pressure(), 0, 1)
  if (typeof (pressure as Partial<Gate> | null)?.inspect === 'function') return () => fillOf(pressure)
  throw new TypeError(`pressure: expected 'downstream', a gate or a function, got ${show(pressure)}`)
}

/** 1 for a gate that lets nobody in, else the part of its permits that is in use. */
function fillOf(gate: Gate): number {
  const { credit, inUse, limit, waiting } = gate.inspect()
  if (credit <= 0 || waiting > 0) return 1
  return limit >= UNBOUNDED ? 0 : Math.min(1, inUse / limit)
}
