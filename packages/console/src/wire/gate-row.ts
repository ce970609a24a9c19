import type { GateInspection } from 'forebay/observe'
import { long, short } from './numbers.ts'
import { gateTopology } from './topology.ts'
import type { GateTopology } from './topology.ts'

type Counts = Readonly<Record<string, number>>

/** One gate of a frame. */
export type GateRow = readonly [
  state: GateInspection['state'],
  numbers: number[],
  sheds: Counts,
  parts: GateRow[],
  more?: GateMore,
]

/** What only some gates have. */
interface GateMore extends Pick<GateInspection, 'lineMax' | 'since' | 'adaptive' | 'again' | 'rung' | 'notes'> {
  /** The keys of a keyed gate come and go: they bring their names along. */
  readonly keys?: readonly (readonly [GateTopology, GateRow])[]
}

/** Decisions of a gate in a frame: the newest, since there are four frames a second. */
const shownDecisions = 40

export function encodeGate(gate: GateInspection): GateRow {
  const { limit, inUse, waiting, oldestWaitMs, credit, retryAfterMs, admitted, zombies, parts = [] } = gate
  const numbers = [limit, inUse, waiting, oldestWaitMs, credit, retryAfterMs, admitted, zombies].map(short)
  const isKeyed = gate.kind === 'keyed'
  return [gate.state, numbers, gate.sheds, isKeyed ? [] : parts.map(encodeGate), moreOf(gate, isKeyed ? parts : [])]
}

function moreOf(gate: GateInspection, keys: readonly GateInspection[]): GateMore {
  const { lineMax, since, adaptive, again, rung, notes } = gate
  return {
    ...(lineMax !== undefined && { lineMax }),
    ...(since !== undefined && { since }),
    ...(adaptive !== undefined && { adaptive }),
    ...(again !== undefined && { again }),
    ...(rung !== undefined && { rung }),
    ...(notes !== undefined && { notes: { ...notes, decisions: notes.decisions.slice(0, shownDecisions) } }),
    ...(keys.length > 0 && { keys: keys.map((part) => [gateTopology(part), encodeGate(part)] as const) }),
  }
}

export function decodeGate(topology: GateTopology, [state, numbers, sheds, parts, more]: GateRow): GateInspection {
  const at = (i: number): number => long(numbers[i])
  const { keys, ...rest } = more ?? {}
  const known =
    keys?.map(([name, row]) => decodeGate(name, row)) ?? parts.map((row, i) => decodeGate(topology.parts[i]!, row))
  return {
    kind: topology.kind,
    name: topology.name,
    unit: topology.unit,
    state,
    limit: at(0),
    inUse: at(1),
    waiting: at(2),
    oldestWaitMs: at(3),
    credit: at(4),
    retryAfterMs: at(5),
    admitted: at(6),
    zombies: at(7),
    sheds,
    ...(known.length > 0 && { parts: known }),
    ...rest,
  }
}
