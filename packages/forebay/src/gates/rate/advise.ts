import type { Ask, Gate } from '../../kernel/gate.ts'
import { partOf } from '../all.ts'
import { plainAsk } from '../ask.ts'
import type { Advice } from './advice.ts'

/**
 * Tells `gate` what the other side said: an `adaptiveRate`, each one in a composite, the one of `ask.key` in a keyed
 * gate. True when something in it obeys; other gates know nothing of advice and give false.
 *
 * Never throws for what the advice says. Throws `TypeError` for a gate that was not made by this package.
 */
export function advise(gate: Gate, advice: Advice, ask: Ask = plainAsk): boolean {
  const part = partOf(gate, 'gate')
  const isObeyed = part.advise?.(advice, ask) ?? false
  part.notify()
  return isObeyed
}
