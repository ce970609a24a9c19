import type { Ask, GateInspection, PermitOutcome } from '../kernel/gate.ts'
import type { Advice } from './rate/advice.ts'
import type { Watcher } from './watched.ts'

/** What stops an ask. */
export interface Refusal {
  readonly reason: 'rate' | 'limit' | 'open'
  /** Name of the part that stops it. */
  readonly gate: string
  /** Milliseconds until a new attempt may succeed; 0 when unknown. */
  readonly retryAfterMs: number
  /** True when waiting makes no sense: an open breaker sheds at once. */
  readonly final: boolean
  /** What the part may let in, and what is in, where it counts what is. */
  readonly limit?: number
  readonly inUse?: number
}

/**
 * The physics of a gate: may this work start now? It knows nothing of waiting, which is the line's
 * business, so that several parts can stand behind one line (`all`) and none is used up by a waiter.
 *
 *     waitMs(ask) === 0  ->  enter(ask): ticket  ->  learn(ticket, outcome)  ->  free(ticket)
 *     asks, changes nothing     takes                 once, when it is known      once, when the work ends
 *
 * `learn` and `free` are apart because a caller may give up on work that goes on: a breaker must learn
 * of the timeout at once, a limit must count the work until it ends. Both leave the waking to
 * {@link notify}, so that a composite changes the state of all its parts before anyone runs.
 */
export interface Part<T = unknown> {
  readonly name: string
  readonly kind: GateInspection['kind']
  /** Order inside a composite: rate 1, breaker 2, limit 3. */
  readonly rank: number
  /** True when two asks of different keys may get different answers. */
  readonly perKey: boolean
  /** True when nothing is held between `enter` and `free`, so that permits need no identity. */
  readonly holdsNothing: boolean
  readonly admitted: number
  /** Cost entered and not yet freed. */
  readonly inUse: number
  /** Of a composite: which part `waitMs` last found to withhold for longest, in the order in which they are inspected. */
  readonly withheldBy?: number
  /**
   * Milliseconds until `cost` may enter after a cost of `ahead` did; 0 means now, `Infinity` that only
   * a release can tell.
   */
  waitMs(cost: number, ask: Ask, ahead: number): number
  /** Told that somebody who wants `cost` is refused or kept waiting, by this part or another: {@link waitMs} only looks. */
  withhold?(cost: number, ask: Ask): void
  /** Enters. The caller has just seen `waitMs(cost, ask, 0) === 0`. */
  enter(cost: number, ask: Ask): T
  /** Where the work that has entered is to go, where there is a choice. */
  targetOf?(ticket: T): unknown
  /** Corrects the cost of work that has entered. */
  settle(ticket: T, from: number, to: number): void
  learn(ticket: T, outcome: PermitOutcome): void
  free(ticket: T, cost: number): void
  /** What could enter now, in asks of cost 1. */
  credit(): number
  /** Why `waitMs` is not 0; the best guess when it is. */
  refusal(cost: number, ask: Ask): Refusal
  /** Adds somebody to call when more may enter. */
  watch(watcher: Watcher): void
  unwatch(watcher: Watcher): void
  notify(): void
  /** Of a composite: what in it is none. */
  readonly leaves?: readonly Part[]
  /** Called, if `follow` has put it there, when its limit or its state has become another, unless by time alone. A composite does not call. */
  changed?: () => void
  /** What the other side says about its rate; true when something here obeys. */
  advise?(advice: Advice, ask: Ask): boolean
  /** Live reconfiguration; validates everything before it changes anything. */
  set(options: object): void
  inspect(): Pick<GateInspection, 'state' | 'limit' | 'unit' | 'parts' | 'adaptive'>
}
