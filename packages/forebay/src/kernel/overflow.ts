/**
 * What a full edge, line or queue does with the item that does not fit.
 *
 * - `backpressure`: the producer waits; nothing is lost.
 * - `drop-oldest`: the oldest held item makes room.
 * - `drop-newest`: the arriving item is dropped.
 * - `drop-youngest`: the youngest held item makes room (Pekko's `dropTail`).
 * - `drop-random`: one held item, chosen evenly, makes room.
 * - `drop-lowest`: the least important item goes: largest level number, oldest first; the arriving one if none is lower.
 * - `drop-all`: everything held is dropped.
 * - `latest`: the newest per key is kept; a held item of the same key is replaced. A new key on a full edge evicts the key longest held.
 * - `sample`: while full, 1 arriving item in n is kept and the oldest makes room.
 * - `fail`: the flow fails with `FOREBAY_OVERFLOW`.
 * - `reject`: the arriving item is refused with a `Shed` that says when to come back.
 * - `spill`: items go on to the run's durable store, in order.
 */
export type Overflow =
  | 'backpressure'
  | 'drop-oldest'
  | 'drop-newest'
  | 'drop-youngest'
  | 'drop-random'
  | 'drop-lowest'
  | 'drop-all'
  | 'latest'
  | 'sample'
  | 'fail'
  | 'reject'
  | 'spill'

export const overflows: readonly Overflow[] = [
  'backpressure',
  'drop-oldest',
  'drop-newest',
  'drop-youngest',
  'drop-random',
  'drop-lowest',
  'drop-all',
  'latest',
  'sample',
  'fail',
  'reject',
  'spill',
]

/** Whether a policy may lose an item that was already accepted or offered. */
export function mayLose(policy: Overflow): boolean {
  return policy !== 'backpressure' && policy !== 'spill' && policy !== 'fail'
}
