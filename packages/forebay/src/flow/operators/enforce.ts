import { checkFunction, checkOneOf, show } from '../../kernel/check.ts'
import type { Ask, Gate } from '../../kernel/gate.ts'
import { operator } from '../../kernel/operator.ts'
import { Shed } from '../../kernel/shed.ts'
import type { Flow } from '../flow.ts'
import { isPace } from '../junctions/pace.ts'

/** What {@link enforce} does with an item that comes too early, and what an item asks the gate for. */
export interface EnforceOptions<T> {
  /** `fail` (default) fails the flow with `FOREBAY_SHED`; `drop` drops the item, counted as `rate`. */
  excess?: 'fail' | 'drop'
  /** What an item costs; default 1. */
  cost?: (item: T) => number
  /** Whose item it is, for gates that are fair between keys. */
  key?: (item: T) => string
  name?: string
}

/**
 * Holds upstream to a rate that it has promised: an item that comes earlier than the gate allows is an error, or is
 * dropped. Nothing waits here; `flow.through(gate)` slows upstream down instead.
 *
 * Emits: when an item arrives and the gate lets it pass. Backpressures: when downstream does. Completes: when upstream
 * completes. Cancels: when downstream cancels, or an item comes too early and `excess` is `fail`. Loses: the item that
 * comes too early: with `drop` it counts as `rate`, else as failed.
 *
 * @example
 * flow(partner).via(enforce(gate.rate({ limit: 100, per: '1s' }))).forEach(handle)
 */
export function enforce<T>(gate: Gate, options: EnforceOptions<T> = {}): (flow: Flow<T>) => Flow<T> {
  if (typeof (gate as Partial<Gate> | null)?.tryAcquire !== 'function') {
    throw new TypeError(`enforce: expected a gate, got ${show(gate)}`)
  }
  if (!isPace(gate.inspect())) {
    throw new TypeError(`enforce: expected a gate that only spaces work in time (a rate), got ${gate.inspect().kind}`)
  }
  const { excess = 'fail', cost, key, name = 'enforce' } = options
  checkOneOf('excess', excess, ['fail', 'drop'])
  if (cost !== undefined) checkFunction('cost', cost)
  if (key !== undefined) checkFunction('key', key)
  const drops = excess === 'drop'
  const loses = drops ? { loses: 'items that come too early' } : {}
  const piece = operator<T, T>(name, { cardinality: drops ? 'filter' : 'one', ...loses }, (down, control) => ({
    push: (value, context) => {
      const ask: Ask = {
        ...(cost !== undefined && { cost: cost(value) }),
        ...(key !== undefined && { key: key(value) }),
        ...(context?.level !== undefined && { level: context.level }),
      }
      const permit = gate.tryAcquire(ask)
      if (permit !== undefined) {
        permit.release('ok')
        down.push(value, context)
      } else if (drops) control.discard(context, 'rate')
      else throw new Shed({ reason: 'rate', gate: gate.name, retryAfterMs: gate.waitMs(ask) })
    },
  }))
  return (flow) => flow.via(piece)
}
