import type { GateInspection } from '../../kernel/gate.ts'
import type { DecisionLog } from './decision-log.ts'

interface Seen {
  readonly limit: number
  readonly state: GateInspection['state']
  readonly since: number
}

/** A limit has changed when it is another by so much: one that finds itself moves a little all the time. */
const worthTelling = 0.1

/**
 * Notes what has changed in a gate and its parts since it was last looked at, and why: limits that moved by a tenth or
 * more, breakers that are in another state. A gate of ours is looked at whenever something moves in it, so that nothing
 * comes and goes between two looks.
 */
export class ChangeWatch {
  readonly #log: DecisionLog
  #seen: ReadonlyMap<string, Seen> = new Map() // bounded by the parts

  constructor(log: DecisionLog) {
    this.#log = log
  }

  /** The same inspection, in which breakers say since when they are in their state. */
  look(gate: GateInspection, now: number, wall: number): GateInspection {
    const seen = new Map<string, Seen>()
    const isFirst = this.#seen.size === 0
    const looked = this.#visit(gate, '', seen, now, wall, isFirst)
    this.#seen = seen
    return looked
  }

  #visit(
    gate: GateInspection,
    path: string,
    seen: Map<string, Seen>,
    now: number,
    wall: number,
    isFirst: boolean,
  ): GateInspection {
    const { kind, name, parts } = gate
    const id = `${path}/${name}`
    // The parts of a keyed gate are those keys that were used last: they come and go.
    if (kind === 'composite' || kind === 'balance') {
      const visited = parts?.map((part) => this.#visit(part, id, seen, now, wall, isFirst))
      return visited === undefined ? gate : { ...gate, parts: visited }
    }
    if (kind === 'keyed') return gate
    const before = this.#seen.get(id)
    const hasChanged = before !== undefined && before.state !== gate.state
    const since = before === undefined || hasChanged ? now : before.since
    const hasMoved = before !== undefined && isWorthTelling(before.limit, gate.limit)
    const limit = before === undefined || hasMoved ? gate.limit : before.limit
    seen.set(id, { limit, state: gate.state, since })
    if (kind === 'breaker') {
      if (hasChanged) this.#log.changed('breaker', breakerText(gate, before.state), wall)
      return { ...gate, since }
    }
    if (hasMoved) this.#log.changed('limit', limitText(gate, before.limit), wall)
    return gate
  }
}

function isWorthTelling(from: number, to: number): boolean {
  return Math.abs(to - from) >= Math.max(from * worthTelling, Number.EPSILON)
}

function breakerText({ name, state, retryAfterMs }: GateInspection, from: string): string {
  const probe = state === 'open' ? `: next probe in ${Math.round(retryAfterMs)} ms` : ''
  return `${name} ${from} → ${state}${probe}`
}

/** `limit 40 → 32: work takes 1.9 times as long as without a queue (80 ms, 41 ms without)`. */
function limitText({ name, limit, unit, adaptive }: GateInspection, from: number): string {
  const per = unit === 'permits/s' ? '/s' : ''
  const moved = `${name} ${figure(from)}${per} → ${figure(limit)}${per}`
  if (adaptive === undefined) return moved
  const { why, latencyMs, baseMs } = adaptive
  const base = baseMs > 0 ? `, ${figure(baseMs)} ms without a queue` : ''
  return `${moved}: ${why}${latencyMs > 0 ? ` (${figure(latencyMs)} ms${base})` : ''}`
}

function figure(value: number): string {
  return String(value >= 100 ? Math.round(value) : Number(value.toPrecision(3)))
}
