import type { Shed } from './shed.ts'

/** Criticality of work: 0 is the most important, 3 the first to go. The default is 1. */
export type Level = 0 | 1 | 2 | 3

/** How a piece of work ended. `drop` is an overload signal, `ignore` teaches adaptive parts nothing. */
export type PermitOutcome = 'ok' | 'fail' | 'drop' | 'ignore'

/** What a caller asks a {@link Gate} for. */
export interface Ask {
  /** Weight of the work in the gate's unit; default 1. */
  cost?: number
  /** Whose work this is (tenant, customer, partition); default one shared key. */
  key?: string
  level?: Level
  /** Absolute time on the run's clock (ms) after which the work is worthless. */
  deadline?: number
  /**
   * Milliseconds this caller may be held in the line, instead of the line's own bound for its level.
   * `Infinity` suits a caller that is itself bounded and has nothing better to do, such as a stage of a flow.
   */
  hold?: number
  signal?: AbortSignal
  /** A target that has been tried: where a gate chooses among several, it is taken only if no other is free. */
  avoid?: unknown
}

/** The right to do one piece of work. It is released when the *work* ends, never when its caller gives up. Idempotent. */
export interface Permit {
  /** Corrects an estimated cost once the true one is known. */
  settle(cost: number): void
  /** Gives it back with how the work ended; `'ok'` unless told. */
  release(outcome?: PermitOutcome): void
  /**
   * Says that the caller has given up while the work goes on: the gate learns `outcome` now, a breaker need not
   * wait for hung work, and counts the work until `release`. Not every gate has it.
   */
  abandon?(outcome: PermitOutcome): void
  /** Which of several equals the work is to go to, where the gate stands in front of several. */
  readonly target?: unknown
  [Symbol.dispose](): void
}

/** Plain counters and gauges; reading them costs nothing. */
export interface GateStats {
  readonly admitted: number
  readonly inUse: number
  readonly waiting: number
  /** Work still running after its caller had timed out. */
  readonly zombies: number
  readonly sheds: Readonly<Record<string, number>>
}

/** Decides when work may start. Flows and requests share gates through this interface alone. */
export interface Gate {
  readonly name: string
  /** Never waits and never throws. */
  tryAcquire(ask?: Ask): Permit | undefined
  /** Synchronous when free; else a promise, which rejects with `Shed`. */
  acquire(ask?: Ask): Permit | Promise<Permit>
  /** Milliseconds until it would be free; promises nothing. `Infinity` when only a release can free it. */
  waitMs(ask?: Ask): number
  /** What could be acquired now. */
  credit(): number
  /** Calls `wake` whenever credit goes from 0 to more. Returns the way to stop. */
  onCredit(wake: () => void): () => void
  /** Live reconfiguration; the same shape as the constructor's options. */
  set(options: object): void
  readonly stats: GateStats
  inspect(): GateInspection
  /** Tells `observer` of everything that is decided, instead of whom it told before. `observeGates` of `forebay/observe` has one. */
  observe?(observer: GateObserver | undefined): void
}

/** Is told of what a gate decides, as it decides: it must be quick, and must not throw. */
export interface GateObserver {
  /** Somebody stands in line from now on. */
  waits(ask: Ask): void
  /** A permit is given out, after `waitedMs` in line or without a wait. What is returned is handed out in its place. */
  given(permit: Permit, ask: Ask, cost: number, waitedMs: number | undefined): Permit
  /** Somebody is refused, or has given up when `shed` is undefined; `hasWaited` says whether in line or at once. */
  refused(ask: Ask, shed: Shed | undefined, hasWaited: boolean): void
  /** Adds what was noted to what the gate says of itself. */
  inspect(gate: GateInspection): GateInspection
}

/** The state of a gate as a snapshot shows it; serialisable. */
export interface GateInspection {
  readonly kind: 'rate' | 'limit' | 'breaker' | 'composite' | 'keyed' | 'balance'
  readonly name: string
  readonly state: 'open' | 'closed' | 'half-open' | 'free' | 'full'
  /** Permits that may be in use at once, or permits a second for a rate. */
  readonly limit: number
  readonly unit: 'permits' | 'permits/s'
  readonly inUse: number
  readonly waiting: number
  /** How many may stand in the line of the gate; absent for a part of one. */
  readonly lineMax?: number
  readonly oldestWaitMs: number
  readonly credit: number
  readonly retryAfterMs: number
  readonly admitted: number
  readonly zombies: number
  readonly sheds: Readonly<Record<string, number>>
  /** Cumulative ms in which somebody waited in line, by the place among `parts` of the one that let nobody in; without parts, place 0. */
  readonly withheldMs?: Readonly<Record<string, number>>
  readonly parts?: readonly GateInspection[]
  /** Of a limit that finds itself: how it stands. */
  readonly adaptive?: AdaptiveInspection
  /** Of a breaker: since when it is in its state, ms on the gate's clock. */
  readonly since?: number
  /** What retries and hedges through this gate have spent of their common budget. */
  readonly again?: AgainInspection
  /** On which rung the requests behind it are answered, where a ladder of service is observed with it. */
  readonly rung?: RungInspection
  /** Of a gate that is observed: what was noted since then. */
  readonly notes?: GateNotes
}

/** Where a ladder of service stands. */
export interface RungInspection {
  readonly name: string
  /** 0 for the best. */
  readonly index: number
  /** How many rungs there are. */
  readonly of: number
  readonly changes: number
  /** Mean pressure in the last hold, 0–1. */
  readonly pressure: number
}

/** Work that was done again, and what may still be. */
export interface AgainInspection {
  readonly taken: number
  readonly refused: number
  readonly balance: number
}

/** What `observeGates` has noted of a gate. asked = given + waiting + sheds, for each level, each caller, and in all. */
export interface GateNotes {
  /** By level, 0 to 3. */
  readonly levels: readonly AskCounts[]
  /** The keys that ask most, most first. What a key did before it came to be counted is in `others`. */
  readonly callers: readonly CallerCounts[]
  readonly others: CallerCounts
  /** How long work kept its permit, of the last one or two thousand pieces; 0 before there were twenty. */
  readonly latency: { readonly p50Ms: number; readonly p99Ms: number }
  /** The newest refusals and changes, newest first. */
  readonly decisions: readonly GateDecision[]
}

export interface AskCounts {
  readonly asked: number
  readonly given: number
  readonly waiting: number
  readonly sheds: Readonly<Record<string, number>>
}

export interface CallerCounts extends AskCounts {
  readonly key: string
  /** Part of all cost that was let in, 0–1. */
  readonly share: number
}

/** Something that a gate has decided, with its reason in words. */
export interface GateDecision {
  /** Unix epoch, ms; of several that are alike, that of the last. */
  readonly wall: number
  readonly kind: 'shed' | 'limit' | 'breaker' | 'rung'
  readonly text: string
  /** Decisions that were alike, within a second. */
  readonly count: number
}

/** How a limit that finds itself stands, and why. */
export interface AdaptiveInspection {
  readonly algorithm: string
  /** May be a fraction, where the limit that counts is whole. */
  readonly limit: number
  readonly min: number
  readonly max: number
  /** What it takes for the latency without a queue, ms; 0 before it knows, or when it does not use one. */
  readonly baseMs: number
  /** The latency that it saw last, ms; 0 before it has seen one. */
  readonly latencyMs: number
  /** Why the limit last moved, in words. */
  readonly why: string
  /** When, ms on the gate's clock. */
  readonly movedAt: number
  /** What the readings of the process make of the limit, 1 being all of it. */
  readonly pressure?: { readonly factor: number; readonly of: string }
}
