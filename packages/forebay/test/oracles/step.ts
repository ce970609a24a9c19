import type { Stream } from 'effect'
import type * as rx from 'rxjs'
import type { Flow } from '../../src/flow/flow.ts'

export type Numbers = readonly number[]

/**
 * One step from numbers to numbers, so that any may follow any, in ours and in three others that know nothing of it:
 * arrays, RxJS and Effect. Where a library has no such operator the step is left out of its programs.
 */
export interface Step {
  readonly name: string
  readonly ours: (flow: Flow<number>) => Flow<number>
  readonly array: (items: Numbers) => Numbers
  readonly rx?: (source: rx.Observable<number>) => rx.Observable<number>
  readonly effect?: (stream: Stream.Stream<number>) => Stream.Stream<number>
}

/** A step made from a small number. */
export type Kind = (k: number) => Step

/** A number for a group of numbers, so that order and length count. */
export const mixed = (group: Numbers): number => group.reduce((hash, n) => (hash * 31 + n) % 1_000_003, group.length)

export const bool = (is: boolean): number => (is ? 1 : 0)
