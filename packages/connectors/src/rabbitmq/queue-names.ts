/**
 * The queues on the broker that make up one queue of Forebay. The colon is in no name of a queue of Forebay, so that
 * none takes another's.
 *
 * ```text
 *  put ──▶ prefix:name ──▶ deliveries ──ack──▶ gone
 *              ▲  │            │ nack
 *     TTL over │  │ 1000       ├──────▶ prefix:name:delay:200 (one a step, made when first needed)
 *              └──┼────────────┼──────── at least once ──┘
 *                 │ unsettled  │ reject, attempts used up
 *                 └──────▶ prefix:name:dead ◀┘
 * ```
 */
export class QueueNames {
  readonly main: string
  readonly dead: string
  /** Is there for a short while after one of the others was made. */
  readonly fresh: string

  constructor(prefix: string, name: string) {
    this.main = `${prefix}:${name}`
    this.dead = `${this.main}:dead`
    this.fresh = `${this.main}:fresh`
  }

  delay(step: number): string {
    return `${this.main}:delay:${step}`
  }
}

/** Times a message may be delivered without being settled before the broker itself buries it; without a limit it would send what comes back to the end of the queue. */
const DELIVERY_LIMIT = 1000

export interface Declaration {
  readonly queue: string
  readonly durable: true
  readonly arguments: Readonly<Record<string, string | number>>
}

export function mainQueue(names: QueueNames, bounds: { maxItems: number; maxBytes: number }): Declaration {
  return quorum(names.main, {
    'x-max-length': bounds.maxItems,
    'x-max-length-bytes': bounds.maxBytes,
    'x-delivery-limit': DELIVERY_LIMIT,
    ...deadLetterTo(names.dead),
  })
}

export function deadQueue(names: QueueNames): Declaration {
  return quorum(names.dead, { 'x-delivery-limit': 1_000_000 })
}

/** What waits here goes back to the queue by the broker's own doing, at least once: also while nobody is connected. */
export function delayQueue(names: QueueNames, step: number): Declaration {
  return quorum(names.delay(step), {
    'x-message-ttl': step,
    'x-delivery-limit': 1_000_000,
    ...deadLetterTo(names.main),
  })
}

/** Ends `ms` after it was made or looked at last. */
export function freshQueue(names: QueueNames, ms: number): Declaration {
  return { queue: names.fresh, durable: true, arguments: { 'x-expires': Math.ceil(ms) } }
}

function quorum(queue: string, more: Readonly<Record<string, string | number>>): Declaration {
  return { queue, durable: true, arguments: { 'x-queue-type': 'quorum', ...more } }
}

function deadLetterTo(queue: string): Record<string, string> {
  return {
    'x-overflow': 'reject-publish',
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': queue,
    'x-dead-letter-strategy': 'at-least-once',
  }
}
