import { checkInteger, show } from '../../kernel/check.ts'
import { systemClock, type Clock } from '../../kernel/clock.ts'
import type { Gate } from '../../kernel/gate.ts'
import { systemRandom } from '../../kernel/random.ts'
import { SNAPSHOT_VERSION, type Snapshot } from '../../kernel/snapshot.ts'
import type { ServiceLadder } from '../../gates/ladder/service-ladder.ts'
import type { Inspectable } from '../sampler.ts'
import { GateNotebook } from './gate-notebook.ts'

/** Gates in a list, or by the names that they are to have in console and metrics. */
export type GatesToObserve = readonly Gate[] | Readonly<Record<string, Gate>>

export interface ObserveGatesOptions {
  /** What they are called together, where flows have their names; default `'gates'`. */
  readonly name?: string
  /** Keys of each gate that have an account of their own, those that ask most; default 20. All others share one. */
  readonly callers?: number
  /** The newest refusals of each gate that are kept, and as many of its changes; default 50. */
  readonly decisions?: number
  /** Ladders of service, each shown with its gate. */
  readonly ladders?: readonly Pick<ServiceLadder, 'gate' | 'inspect'>[]
  readonly clock?: Clock
}

/** Some gates, as a sampler, console or metrics can look at them. */
export interface ObservedGates extends Inspectable {
  /** Nothing is noted any more, and the gates are as they were. Twice is as good as once. */
  stop(): void
}

/**
 * Shows gates that belong to no flow, such as those of servers and clients, in everything that shows flows: the result
 * goes into `sampler([run, gates])`. From now on each notes who asks and what he gets, how long work keeps its permit, and
 * its newest refusals and changes with their reasons; `gate.inspect()` has it under `notes`, whoever asks.
 *
 * A gate that stands in flows as well is shown in their snapshots with the same notes. What is kept is bounded by
 * `callers` and `decisions`, whatever keys come; a call costs a fraction of a microsecond more. The gates do not know
 * each other: nothing is registered anywhere but here and on the gates, until `stop`.
 *
 * Throws `TypeError` for what is no gate, `RangeError` for bounds that make no sense.
 *
 * @example
 * const gates = observeGates({ api, database })
 * const samples = sampler([gates])
 */
export function observeGates(gates: GatesToObserve, options: ObserveGatesOptions = {}): ObservedGates {
  const { name = 'gates', clock = systemClock, ladders = [] } = options
  const callers = checkInteger('callers', options.callers ?? 20, 1, 1000)
  const decisions = checkInteger('decisions', options.decisions ?? 50, 1, 1000)
  const named = Object.entries(gates).map(([key, gate]) => ({
    gate: checkGate(key, gate as unknown),
    name: Array.isArray(gates) ? undefined : key,
  }))
  for (const { gate } of ladders) {
    if (named.every((one) => one.gate !== gate))
      throw new RangeError(`ladders: expected one of a gate that is given, got one of ${gate.name}`)
  }
  for (const { gate } of named) open(gate, clock, callers, decisions)
  for (const ladder of ladders) (books.get(ladder.gate) as GateNotebook).ladder = ladder
  const run = `g${clock.wall().toString(36)}${Math.floor(systemRandom.next() * 36 ** 4).toString(36)}`
  let isStopped = false
  return {
    inspect: (): Snapshot => ({
      version: SNAPSHOT_VERSION,
      flow: name,
      run,
      at: clock.now(),
      wall: clock.wall(),
      state: isStopped ? 'done' : 'running',
      loop: { ...(clock.utilisation?.() ?? { activeMs: 0, idleMs: 0 }), maxDelayMs: 0 },
      stages: [],
      edges: [],
      gates: named.map(({ gate, name: own }, i) => ({
        ...gate.inspect(),
        ...(own !== undefined && { name: own }),
        id: `${run}:g${i}`,
      })),
      ledger: { carriedIn: 0, in: 0, out: 0, dropped: {}, deadLettered: 0, inFlight: 0, carriedOut: 0 },
      balanced: true,
      memory: { heldBytes: 0, budgetBytes: 0 },
    }),
    stop: () => {
      if (isStopped) return
      isStopped = true
      for (const { gate } of named) close(gate)
    },
  }
}

function checkGate(key: string, gate: unknown): Gate {
  if (typeof (gate as Partial<Gate> | null)?.acquire === 'function') return gate as Gate
  throw new TypeError(`gates.${key}: expected a gate, got ${show(gate)}`)
}

/** Gates do not live longer for it, and nobody can list them. */
const books = new WeakMap<Gate, GateNotebook>()

/** Its notebook; that of whoever observes it already, with the bounds that it has. */
function open(gate: Gate, clock: Clock, callers: number, decisions: number): GateNotebook {
  let book = books.get(gate)
  if (book === undefined) {
    book = new GateNotebook(gate, clock, callers, decisions)
    books.set(gate, book)
    gate.observe?.(book)
  }
  book.users++
  return book
}

function close(gate: Gate): void {
  const book = books.get(gate)
  if (book === undefined || --book.users > 0) return
  books.delete(gate)
  book.close()
  gate.observe?.(undefined)
}
