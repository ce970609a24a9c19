import type { Context } from './context.ts'
import type { Enter } from './plan.ts'
import type { StageAccount } from './stage-account.ts'

/** Where a segment ends: the input side of an edge, a junction or a sink. It got the credit it granted, never more. */
export interface Receiver<T = any> {
  next(value: T, context: Context | undefined): void
  complete(): void
  fail(error: unknown): void
  /** A step that spends one credit of `port` and does what `next` does: one call less per item. */
  tail?(port: { n: number }): (value: T, context: Context | undefined) => void
  /** Takes up to `items` straight from a pull that can {@link Pull.fill}, all with the context that `enter` gives; returns how many came. */
  takeFrom?(pull: Filling, items: number, enter: Enter | undefined): number
  /** The same as source text, for segments that generate code: one function instead of two, with call sites of its own. */
  tailCode?(port: { n: number }): TailCode
}

/** What a tail does, as statements over the item `v` and its context `c`, and the names they use. */
export interface TailCode {
  readonly body: string
  readonly scope: Readonly<Record<string, unknown>>
  /**
   * A field of something in `scope`, for which `state` stands in `body`: code keeps it in a variable, and writes it
   * back before anything else of the tail runs.
   */
  readonly state: string
}

/** The producing side, as its consumer sees it. */
export interface Upstream {
  /** Grants `items` more. Never re-enters the caller. */
  request(items: number): void
  /**
   * The short form of `request(1)` for a consumer of one item at a time: the item, when one lay ready and has been
   * taken. Else nothing happened: ask with `request`.
   */
  takeReady(): Taken | undefined
  /** Takes back the credit that is not spent yet, and says how much that was. */
  revoke(): number
  /** The consumer wants no more; idempotent. */
  cancel(reason: unknown): void
  /** The stage that fills this edge. */
  readonly stage: StageAccount
  /** Time in which this consumer held it back, ms, where that is not all of the stage's blocked time. */
  blockedMs?(): number | undefined
}

/** The item that was taken last from a buffer: two fields of its own, and no object per item. */
export interface Taken {
  readonly taken: unknown
  readonly context: Context | undefined
}

/** A buffer from which a passage may take without running its segment. */
export interface Ready extends Taken {
  takeReady(): boolean
}

/** A pull that can put up to so many items of what it has next into a buffer, and runs no code of the program for it; returns how many. */
export interface Filling {
  fill(into: { push(item: unknown): void }, items: number): number
}

/**
 * Where a segment begins: a source or the output side of a junction. It pushes inside a pull: `run` hands
 * items to `port.step` while `port.n > 0` and returns when it is dry, out of credit or out of budget. After
 * `wake` it is run even without credit: an end needs none.
 */
export interface Pull {
  /** Tells the segment before anything runs, for pulls that wake it from outside. */
  bind?(port: Port): void
  /** Tells the receiver of the segment, for pulls that look at how far their consumer is behind. */
  feeds?(receiver: Receiver): void
  run(port: Port): void
  /** The context of the item handed over last. When its handling has thrown, the segment ends its account. */
  current?(): Context | undefined
  /** The segment wants no more; called once, never while `run` is on the stack. */
  cancel(reason: unknown): void
  /** Items handed over so far. */
  pulled(): number
  /** For a source that holds items: take no more, hand over what is held, then end. Default: end at once. */
  stop?(): void
  /** Set by a buffer whose items may be taken one by one. */
  readonly ready?: Ready | undefined
  /** For a pull whose loop may be generated: its text. `at` is the position, counted up before an item is handed over. */
  readonly code?: PullCode | undefined
  /** See {@link Filling}. */
  fill?: Filling['fill']
  at?: number
  /** Hands over up to `left` items in place of that loop, once it has been generated. */
  generated?: ((left: number) => void) | undefined
  /** For one output of a junction with several: time in which its consumer wanted nothing, ms. */
  blockedMs?(): number
}

/** The loop of a pull as source text, for segments that generate code: it and their operators become one function. */
export interface PullCode {
  /** Whether there is an item at position `at`: an expression, asked when there is credit for it. */
  readonly more: string
  /** The item at position `i`: an expression, read once. */
  readonly item: string
  /** Its context: an expression, read after the item. Default: items have none. */
  readonly context?: string
  /** The names in these texts, beside `pull` and `port`; default none. */
  readonly scope?: Readonly<Record<string, unknown>>
}

/** What a {@link Pull} sees of the segment that drains it. */
export interface Port {
  /** Credit. The *last* step of the segment spends it, so an operator that filters cannot lose any. */
  n: number
  step: (value: any, context: Context | undefined) => void
  /** Items that may be handed over before {@link tick} must be asked. */
  left(): number
  /** Reports the items handed over since the last report. False: return now, you are called again. */
  tick(items: number): boolean
  /** The next item is to be timed: generated code does not do that. */
  readonly isTiming: boolean
  /** There is data (or an end) to be pulled: from a callback, a promise, another segment. */
  wake(): void
  /** The same for a promise that has settled: those that settle with it share one run. */
  wakeSoon(): void
  /** The data has ended. */
  done(): void
  /** The data has failed. */
  failed(error: unknown): void
}

/** Credit without end. A small integer on every build of V8; `Infinity` would turn the credit field into a double. */
export const UNBOUNDED = 0x3fffffff

/** The last step of a segment for a receiver without a `tail` of its own. */
export function spending(
  port: { n: number },
  receiver: Receiver,
): (value: unknown, context: Context | undefined) => void {
  return (value, context) => {
    port.n--
    receiver.next(value, context)
  }
}
