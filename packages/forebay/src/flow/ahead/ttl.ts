import { AgingEdge } from '../../kernel/aging-edge.ts'
import { milliseconds, type Duration } from '../../kernel/duration.ts'
import type { Ttl } from '../../kernel/edge-options.ts'

/**
 * A limit of age for the items of a buffer, whatever its policy, and of a firehose: what has been in it for `age` is
 * dropped with the reason `expired` and makes room at once, also while downstream wants nothing; it is never handed on.
 * Age counts from when the item came into the buffer.
 *
 * @example
 * flow(jobs).buffer({ items: 1000, ttl: ttl('5s') })
 * ticks.buffer({ items: 100, overflow: 'drop-oldest', ttl: ttl('250ms') })
 */
export function ttl(age: Duration): Ttl {
  const ms = milliseconds('ttl', age)
  if (ms <= 0) throw new RangeError(`ttl: expected more than 0 ms, got ${ms}`)
  return { ms, edge: (options, env) => new AgingEdge(options, env) }
}
