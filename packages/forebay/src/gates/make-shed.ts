import { Shed } from '../kernel/shed.ts'
import type { ShedDetails } from '../kernel/shed.ts'

/**
 * A `Shed` with a stack only if asked: taking the stack is most of what refusing costs (5–12 µs against 0.7 µs, measured),
 * and a gate refuses most when there is least to spare.
 */
export function makeShed(details: ShedDetails, withStack: boolean): Shed {
  const errors = Error as { stackTraceLimit?: number | undefined } // V8's; others ignore it
  const depth = errors.stackTraceLimit
  if (withStack || depth === undefined) return new Shed(details)
  try {
    errors.stackTraceLimit = undefined // with 0, V8 still works out where it is
  } catch {
    return new Shed(details) // frozen
  }
  try {
    const shed = new Shed(details)
    if ('stack' in shed) shed.stack = `Shed: ${shed.message}`
    return shed
  } finally {
    errors.stackTraceLimit = depth
  }
}
