import { checkFunction, checkInteger, checkOneOf, show } from '../kernel/check.ts'
import { milliseconds, type Duration } from '../kernel/duration.ts'
import type { Context } from '../kernel/context.ts'
import type { Ask, Gate } from '../kernel/gate.ts'
import type { KeyLanes } from './key-lanes.ts'

/** What an item's work is told. */
export interface WorkContext {
  /** Aborts when the flow ends, is cancelled, or the item's `timeout` has passed. */
  readonly signal: AbortSignal
  /** 1 for the first try. */
  readonly attempt: number
  /** What the program has given the item by `withContext`; `undefined` for work on several items. */
  readonly own: unknown
  /** Where the work is to go, when its gate has chosen among several: the target of a balancer. */
  readonly target: unknown
}

/** How failed work is tried again. */
export interface RetryOptions {
  /** Tries after the first; default 2. */
  max?: number
  /** Wait before the n-th retry, ms; default 100 · 2ⁿ⁻¹ with full jitter, at most 30 s. */
  backoff?: (retry: number, random: number) => number
  /** Whether an error is worth another try; default: not when it says `retryable: false`. */
  when?: (error: unknown) => boolean
  /** Asked before each retry: false ends the item with its error. Shared by many callers, it bounds their retries together. */
  budget?: { take(): boolean; earn(): void }
}

/** Options of work on items that takes time. */
export interface WorkOptions<T> {
  /** Items worked on at once; default 1. */
  concurrency?: number
  /**
   * `input` (default): results leave in the order of their items. `completion`: as they come.
   * A function: in order per key, one item of a key at a time.
   */
  order?: 'input' | 'completion' | ((item: T) => unknown)
  /** Results that may be finished and wait for an earlier one, in-flight work included; default `concurrency`. Only for order `input`. */
  buffer?: number
  /** Decides when an item's work may start. */
  gate?: Gate
  /** What an item costs at the gate; default 1. */
  cost?: (item: T) => number
  /** Whose work an item is, for gates that are fair between keys. */
  key?: (item: T) => string
  /** Ends an attempt with `FOREBAY_TIMEOUT`. Its slot and permit stay taken until the work has really ended. */
  timeout?: Duration
  retry?: RetryOptions | number
  /**
   * What the last error of an item does: `stop` (default) fails the flow; `resume` drops the item with the reason
   * `error`; `dead-letter` hands it to its durable edge, else to `run({ deadLetter })`.
   */
  onError?: 'stop' | 'resume' | 'dead-letter'
  name?: string
}

/** Options of `mapAsync`. */
export interface MapAsyncOptions<A, B> extends WorkOptions<A> {
  /** Answers at once while the gate's breaker is open, and instead of the last error of an item. */
  fallback?: (item: A, error: unknown) => B
}

/** The same, validated and complete. */
export interface Work<T> {
  readonly name: string
  readonly concurrency: number
  readonly order: 'input' | 'completion' | 'key'
  readonly keyOf: ((item: T) => unknown) | undefined
  /** Makes what says which of the items of a key may start; default: one at a time. */
  readonly lanes?: () => KeyLanes<any>
  readonly buffer: number
  readonly gate: Gate | undefined
  readonly cost: ((item: T) => number) | undefined
  readonly gateKey: ((item: T) => string) | undefined
  readonly timeoutMs: number
  readonly retries: number
  readonly backoff: (retry: number, random: number) => number
  readonly isRetryable: (error: unknown) => boolean
  readonly budget: RetryOptions['budget']
  readonly onError: 'stop' | 'resume' | 'dead-letter'
}

export function workOptions<T>(kind: string, options: WorkOptions<T>): Work<T> {
  const { concurrency = 1, buffer = concurrency } = options
  checkInteger('concurrency', concurrency, 1, 65_536)
  const { order = 'input', onError = 'stop' } = options
  if (typeof order !== 'function' && order !== 'input' && order !== 'completion') {
    throw new RangeError(`order: expected 'input', 'completion' or a function, got ${show(order)}`)
  }
  const retry = typeof options.retry === 'number' ? { max: options.retry } : options.retry
  return {
    name: options.name ?? kind,
    concurrency,
    order: typeof order === 'function' ? 'key' : order,
    keyOf: typeof order === 'function' ? order : undefined,
    buffer: checkInteger('buffer', buffer, concurrency),
    gate: options.gate,
    cost: options.cost,
    gateKey: options.key === undefined ? undefined : checkFunction('key', options.key),
    timeoutMs: options.timeout === undefined ? Infinity : milliseconds('timeout', options.timeout),
    retries: retry === undefined ? 0 : checkInteger('retry.max', retry.max ?? 2, 0, 1000),
    backoff: retry?.backoff ?? exponential,
    isRetryable: retry?.when ?? isRetryable,
    budget: retry?.budget,
    onError: checkOneOf('onError', onError, ['stop', 'resume', 'dead-letter']),
  }
}

/** Exponential backoff with full jitter (Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015). */
function exponential(retry: number, random: number): number {
  return random * Math.min(30_000, 100 * 2 ** (retry - 1))
}

function isRetryable(error: unknown): boolean {
  return typeof error !== 'object' || error === null || (error as { retryable?: unknown }).retryable !== false
}

/**
 * What an item asks its gate for. It waits in the line for as long as it takes, since the stage is bounded and has nothing
 * better to do, and leaves it when `signal` says that the stage gives up.
 */
export function askFor<T>(work: Work<T>, value: T, context: Context | undefined, signal: AbortSignal): Ask {
  return {
    hold: Infinity,
    signal,
    ...(work.cost !== undefined && { cost: work.cost(value) }),
    ...(work.gateKey !== undefined && { key: work.gateKey(value) }),
    ...(context?.level !== undefined && { level: context.level }),
  }
}
