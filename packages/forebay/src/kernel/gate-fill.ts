import type { Gate } from './gate.ts'

/** How full a gate is: 1 while it lets nobody in or somebody waits, else the part of its permits that is in use. */
export function gateFill(gate: Gate): number {
  const credit = gate.credit()
  const { inUse, waiting } = gate.stats
  return credit <= 0 || waiting > 0 ? 1 : inUse / (inUse + credit)
}
