import { show } from '../../kernel/check.ts'
import { systemClock, type Clock } from '../../kernel/clock.ts'
import type { Snapshot } from '../../kernel/snapshot.ts'
import type { Observer } from '../from-observable.ts'
import { WatchedFlow, type WatchedStage, type WatchedState } from './watched-flow.ts'

/** Observables that are watched. */
export interface WatchedObservables {
  /**
   * An operator for `pipe(...)` that counts what passes. Put one in front of what may be slow and one behind it, in the
   * order of the chain: between two of them items may pile up that an observable shows to nobody.
   */
  probe(name: string): <S extends { subscribe(...args: any[]): any }>(source: S) => S
  /** The chain as a snapshot: two of them, some seconds apart, are what `verdict` reads. */
  inspect(): Snapshot
}

/**
 * Watches a chain of observables, whose operators hold without a bound what they are not done with (`concatMap`,
 * `mergeMap` with a concurrency, `delay`): `inspect()` shows the backlog between two probes as the length of an edge, and
 * `verdict` names the probe behind which it grows. What passes stays the same, and when. It takes one item in for one item
 * out: an operator that filters between two probes looks like a backlog.
 *
 * @example
 * const seen = inspectObservables({ name: 'orders' })
 * orders.pipe(seen.probe('orders'), concatMap(save), seen.probe('saved')).subscribe()
 * seen.inspect().edges[0].length // orders that wait for concatMap
 */
export function inspectObservables(options: { name?: string; clock?: Clock } = {}): WatchedObservables {
  const { name = 'observables', clock = systemClock } = options
  const stages: ProbeStage[] = []
  const flow = new WatchedFlow(name, clock, () => stages)
  return {
    probe: (probeName) => {
      const before = stages.at(-1)
      const stage = new ProbeStage(probeName, before)
      if (before !== undefined) before.next = stage
      stages.push(stage) // one for each probe
      return (source) =>
        counted(source, () => {
          stage.out++
          flow.note()
        })
    },
    inspect: () => flow.inspect(),
  }
}

/** What lies between a probe and the one before it. */
class ProbeStage implements WatchedStage {
  readonly name: string
  next: ProbeStage | undefined
  out = 0
  readonly #before: ProbeStage | undefined

  constructor(name: string, before: ProbeStage | undefined) {
    this.name = name
    this.#before = before
  }

  get kind(): string {
    return this.#before === undefined ? 'source' : 'observable'
  }

  /** One item of those that have not come out is being worked on. */
  get in(): number {
    return this.out + this.inFlight
  }

  get inFlight(): number {
    return this.#before === undefined ? 0 : Math.min(1, Math.max(0, this.#before.out - this.out))
  }

  state(): WatchedState {
    return this.inFlight > 0 ? 'busy' : 'starved'
  }

  held(): { length: number; capacity: number } {
    return { length: this.next === undefined ? 0 : Math.max(0, this.out - this.next.in), capacity: 0 }
  }
}

/** The same observable, whose subscribers are counted for. `add` marks a subscriber of RxJS, which must stay what it is. */
function counted<S extends { subscribe(...args: any[]): any }>(source: S, count: () => void): S {
  if (typeof source?.subscribe !== 'function') throw new TypeError(`probe: expected an observable, got ${show(source)}`)
  const subscribe = (target?: unknown, ...rest: unknown[]): unknown => {
    const next = typeof target === 'function' ? target : (target as Partial<Observer<unknown>> | undefined)?.next
    const seen = (value: unknown): unknown => {
      count()
      return (next as ((value: unknown) => unknown) | undefined)?.call(target, value)
    }
    if (typeof target === 'function' || target === undefined || target === null) return source.subscribe(seen, ...rest)
    const observer = target as Observer<unknown> & { add?: unknown }
    if (typeof observer.add === 'function') {
      observer.next = seen
      return source.subscribe(observer, ...rest)
    }
    return source.subscribe(
      {
        next: seen,
        error: (error: unknown) => observer.error?.(error),
        complete: () => observer.complete?.(),
      },
      ...rest,
    )
  }
  return Object.create(source, { subscribe: { value: subscribe } }) as S
}
