import { byteCount } from '../kernel/bytes.ts'
import { checkFunction, checkInteger, checkNumber, checkOneOf } from '../kernel/check.ts'
import type { Clock } from '../kernel/clock.ts'
import { milliseconds } from '../kernel/duration.ts'
import { overflows, type Overflow } from '../kernel/overflow.ts'
import type { Random } from '../kernel/random.ts'
import { unsupported, type Caps } from './caps.ts'
import { jsonCodec, type Codec } from './codec.ts'
import type { QueueOptions } from './queue.ts'

/** Options of a queue, checked and complete. */
export interface Settings<T> {
  readonly name: string
  readonly caps: Caps
  readonly clock: Clock
  readonly random: Random
  readonly maxItems: number
  readonly maxBytes: number
  readonly maxItemBytes: number
  readonly overflow: Overflow
  readonly maxWaiting: number
  readonly resumeAt: number
  readonly leaseMs: number
  readonly maxAttempts: number
  readonly backoff: (failedAttempts: number) => number
  readonly ttlMs: number
  /** Where the store splits queues; left out: as it was opened. */
  readonly partitions: number | undefined
  readonly dedupe: { readonly withinMs: number; readonly max: number } | undefined
  readonly codec: Codec<T>
}

/** Checks options against what a store can do: `RangeError` for nonsense, `FOREBAY_UNSUPPORTED` for what it cannot. */
export function checkSettings<T>(
  name: string,
  options: QueueOptions<T>,
  world: { store: string; caps: Caps; clock: Clock; random: Random },
): Settings<T> {
  const { store, caps, clock, random } = world
  const maxBytes = byteCount('maxBytes', options.maxBytes ?? '1GiB')
  const overflow = checkOneOf('overflow', options.overflow ?? 'backpressure', overflows)
  if (!caps.overflow.includes(overflow)) throw unsupported(store, `overflow '${overflow}'`)
  if (options.ttl !== undefined && !caps.ttl) throw unsupported(store, 'ttl')
  return {
    name: checkName(name),
    caps,
    clock,
    random,
    maxItems: checkInteger('maxItems', options.maxItems ?? 1_000_000, 1),
    maxBytes,
    maxItemBytes: Math.min(maxBytes, byteCount('maxItemBytes', options.maxItemBytes ?? '8MiB')),
    overflow,
    maxWaiting: checkInteger('maxWaiting', options.maxWaiting ?? 10_000, 0),
    resumeAt: checkNumber('resumeAt', options.resumeAt ?? 0.8, 0, 1),
    leaseMs: atLeast('lease', milliseconds('lease', options.lease ?? '30s'), 1),
    maxAttempts: checkInteger('maxAttempts', options.maxAttempts ?? 5, 1),
    backoff: checkFunction('backoff', options.backoff ?? jittered(random)),
    ttlMs: options.ttl === undefined ? Infinity : atLeast('ttl', milliseconds('ttl', options.ttl), 1),
    partitions: options.partitions === undefined ? undefined : checkInteger('partitions', options.partitions, 1, 1000),
    dedupe: dedupeOf(store, caps, options.dedupe),
    codec: options.codec ?? jsonCodec<T>(),
  }
}

function dedupeOf(
  store: string,
  caps: Caps,
  option: QueueOptions<unknown>['dedupe'],
): { withinMs: number; max: number } | undefined {
  if (option === false || (option === undefined && caps.dedupe === 'none')) return undefined
  if (caps.dedupe === 'none') throw unsupported(store, 'dedupe')
  if (caps.dedupe === 'time' && option?.max !== undefined) throw unsupported(store, 'dedupe.max')
  return {
    withinMs: atLeast('dedupe.within', milliseconds('dedupe.within', option?.within ?? '5m'), 1),
    max: checkInteger('dedupe.max', option?.max ?? 100_000, 1),
  }
}

function checkName(name: string): string {
  if (typeof name === 'string' && /^[A-Za-z0-9][\w.-]{0,99}$/.test(name)) return name
  throw new RangeError(`name: expected 1 to 100 letters, digits, '.', '_' or '-', got ${JSON.stringify(name)}`)
}

function atLeast(option: string, ms: number, least: number): number {
  if (ms >= least) return ms
  throw new RangeError(`${option}: expected at least ${least} ms, got ${ms}`)
}

/** 200 ms doubling up to a minute, ±20 % so that what failed together does not come back together. */
function jittered(random: Random): (failedAttempts: number) => number {
  return (failed) => Math.min(60_000, 200 * 2 ** (failed - 1)) * (0.8 + 0.4 * random.next())
}
