import type { GateInspection } from '../kernel/gate.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import type { Sampler } from './sampler.ts'

/** A channel as `node:diagnostics_channel` has it. */
export interface DiagnosticsChannel {
  readonly hasSubscribers: boolean
  publish(message: unknown): void
}

/**
 * Publishes what happened between two samples, for application monitoring that listens on diagnostics channels:
 * `diagnostics(samples, channel)` with the `channel` of `node:diagnostics_channel`. Returns the way to stop.
 *
 * - `forebay:drop`: items an edge dropped, by reason. `{ flow, run, edge, name, policy, dropped }`
 * - `forebay:shed`: work a gate refused, by reason. `{ flow, run, gate, name, sheds }`
 * - `forebay:breaker`: a breaker changed its state. `{ flow, run, gate, name, from, to }`
 * - `forebay:bottleneck`: another verdict is shown; the message is the verdict.
 * - `forebay:stall`: that verdict is a stall or a deadlock.
 *
 * A channel that nobody listens to costs nothing but the look.
 */
export function diagnostics(sampler: Sampler, channel: (name: string) => DiagnosticsChannel): () => void {
  const drop = channel('forebay:drop')
  const shed = channel('forebay:shed')
  const breaker = channel('forebay:breaker')
  const bottleneck = channel('forebay:bottleneck')
  const stall = channel('forebay:stall')
  let last = new Map(sampler.snapshots().map((snapshot) => [snapshot.run, snapshot]))
  let said = new Map<string, string>()

  return sampler.subscribe(() => {
    const snapshots = sampler.snapshots()
    for (const after of snapshots) {
      const before = last.get(after.run)
      if (before === undefined) continue
      if (drop.hasSubscribers) for (const message of drops(before, after)) drop.publish(message)
      if (shed.hasSubscribers) for (const message of sheds(before, after)) shed.publish(message)
      if (breaker.hasSubscribers) for (const message of changes(before, after)) breaker.publish(message)
    }
    last = new Map(snapshots.map((snapshot) => [snapshot.run, snapshot]))
    const now = new Map<string, string>()
    for (const verdict of sampler.why()) {
      const named = [verdict.kind, verdict.stage, verdict.gate, verdict.operator].join(' ')
      now.set(verdict.run, named)
      if (said.get(verdict.run) === named) continue
      bottleneck.publish(verdict)
      if (verdict.kind === 'stall' || verdict.kind === 'deadlock') stall.publish(verdict)
    }
    said = now
  })
}

function drops(before: Snapshot, after: Snapshot): object[] {
  const { flow, run } = after
  const old = new Map(before.edges.map((edge) => [edge.id, edge.dropped]))
  return after.edges.flatMap(({ id, name, policy, dropped }) => {
    const more = growth(old.get(id), dropped)
    return more === undefined ? [] : [{ flow, run, edge: id, name, policy, dropped: more }]
  })
}

function sheds(before: Snapshot, after: Snapshot): object[] {
  const { flow, run } = after
  const old = new Map(before.gates.map((gate) => [gate.id, gate.sheds]))
  return after.gates.flatMap((gate) => {
    const more = growth(old.get(gate.id), gate.sheds)
    return more === undefined ? [] : [{ flow, run, gate: gate.id, name: gate.name, sheds: more }]
  })
}

function changes(before: Snapshot, after: Snapshot): object[] {
  const { flow, run } = after
  const old = new Map(before.gates.flatMap((gate) => breakers(gate).map(({ key, state }) => [key, state] as const)))
  return after.gates.flatMap((gate) =>
    breakers(gate).flatMap(({ key, name, state: to }) => {
      const from = old.get(key)
      return from === undefined || from === to ? [] : [{ flow, run, gate: gate.id, name, from, to }]
    }),
  )
}

function breakers(gate: GateInspection & { readonly id: string }): { key: string; name: string; state: string }[] {
  return [gate, ...(gate.parts ?? [])]
    .filter(({ kind }) => kind === 'breaker')
    .map(({ name, state }) => ({ key: `${gate.id} ${name}`, name, state }))
}

/** What counts have grown by, or `undefined` when by nothing. */
function growth(
  before: Readonly<Record<string, number>> | undefined,
  after: Readonly<Record<string, number>>,
): Record<string, number> | undefined {
  let more: Record<string, number> | undefined
  for (const [reason, count] of Object.entries(after)) {
    const grown = count - (before?.[reason] ?? 0)
    if (grown > 0) (more ??= {})[reason] = grown
  }
  return more
}
