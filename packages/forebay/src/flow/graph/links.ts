import { checkInteger, checkOneOf, show } from '../../kernel/check.ts'
import { ForebayError } from '../../kernel/errors.ts'
import { overflows, type Overflow } from '../../kernel/overflow.ts'
import type { BufferOptions } from '../edge-options.ts'
import { labelOf, type InPort, type OutPort } from './port.ts'

/** What a connection may hold: the options of a buffer. With `items: 0` it holds nothing, and both ends run as one. */
export type ConnectOptions<T> = BufferOptions<T>

/** What closes a ring: it must be able to do without waiting for itself, by one of `overflow`, `admit` and `kickOff`. */
export interface FeedbackOptions<T> extends BufferOptions<T> {
  /** Any policy but `backpressure` (the default) and `spill`: a full ring then loses items instead of standing still. */
  overflow?: Exclude<Overflow, 'spill'>
  /**
   * Items from outside that may be in the ring at once; those that come then wait in front of it, so that the feedback,
   * which has a place for each, is never full.
   */
  admit?: number
  /** Items that lie in the feedback when a run begins: what a ring begins with that joins what comes in with what comes back. */
  kickOff?: readonly T[]
}

/** A connection of a graph. */
export interface Link {
  readonly from: OutPort<any>
  readonly to: InPort<any>
  readonly name: string
  readonly options: BufferOptions<any>
  /** Set for one that closes a ring. */
  readonly feedback: Feed | undefined
}

/** What a feedback begins with and admits. */
export interface Feed {
  readonly admit: number | undefined
  readonly kickOff: readonly unknown[]
}

/** The connection of two ports; checks what can be checked of its options by themselves. */
export function linkOf(from: OutPort<any>, to: InPort<any>, given: number | ConnectOptions<any>): Link {
  const { name = `${labelOf(from)} → ${labelOf(to)}`, ...options } = optionsOf('connect', given)
  if (options.items !== undefined) checkInteger(`${name}: items`, options.items, 0)
  return { from, to, name, options: { ...options, name }, feedback: undefined }
}

/** The same for one that closes a ring. */
export function feedbackOf(from: OutPort<any>, to: InPort<any>, given: number | FeedbackOptions<any>): Link {
  const { name = `${labelOf(from)} → ${labelOf(to)}`, admit, kickOff = [], ...options } = optionsOf('feedback', given)
  const { items, bytes, overflow = 'backpressure' } = options as FeedbackOptions<any>
  checkOneOf(
    `${name}: overflow`,
    overflow,
    overflows.filter((policy) => policy !== 'spill'),
  )
  if (!Array.isArray(kickOff)) throw new TypeError(`${name}: kickOff: expected a list of items, got ${show(kickOff)}`)
  if (items !== undefined) checkInteger(`${name}: items`, items, 1)
  if (admit !== undefined) checkInteger(`${name}: admit`, admit, 1)
  const places = items ?? Infinity
  if (kickOff.length + (admit ?? 0) > places) {
    throw new RangeError(`${name}: items: expected a place for each of kickOff and admit, got ${show(items)}`)
  }
  if (overflow === 'backpressure' && admit === undefined && kickOff.length === 0) {
    throw new ForebayError(
      'FOREBAY_DEADLOCK',
      `${name}: a feedback that waits when it is full comes to stand still with its ring: give it admit, kickOff, or an overflow policy that drops`,
    )
  }
  if (overflow === 'backpressure' && bytes !== undefined) {
    throw new ForebayError(
      'FOREBAY_DEADLOCK',
      `${name}: bytes cannot be kept free for what is in the ring: give items, or a policy that drops`,
    )
  }
  return { from, to, name, options: { ...(options as BufferOptions<any>), name }, feedback: { admit, kickOff } }
}

function optionsOf<O extends BufferOptions<any>>(what: string, given: number | O): O {
  if (typeof given === 'number') return { items: given } as O
  const { items, bytes } = Object(given) as O
  if (items === undefined && bytes === undefined) {
    throw new RangeError(`${what}: expected items or bytes, got neither: every connection has a bound`)
  }
  return given
}
