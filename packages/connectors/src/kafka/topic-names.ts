/** Partitions of the topic of later messages: one a length of wait. */
export const LATER_PARTITIONS = 12
const SHORTEST_MS = 100

/**
 * The topics that make up one queue of Forebay. A name of a queue begins with a letter or a digit, so that none takes
 * another's.
 *
 * ```text
 *  put ──▶ prefix.name ─────────▶ deliveries ──ack──▶ committed
 *  put with a delay ─┐             │ nack  ▲
 *                    ▼             ▼       │ when due
 *         prefix._later.name (one partition a length of wait: up to 0.1, 0.4, 1.6 s …)
 *                                  │ reject, attempts used up
 *                                  ▼
 *         prefix._tried.name (how often what has a key has failed: it stays in its place meanwhile)
 *                                  │
 *                                  ▼
 *                     prefix._dead.name ──redrive──▶ prefix.name
 * ```
 */
export class TopicNames {
  readonly main: string
  readonly later: string
  readonly dead: string
  /** Partition for partition with the main one. */
  readonly tried: string
  /** Of those who consume. */
  readonly group: string
  /** Under which it is kept which dead letters went back. */
  readonly deadGroup: string

  constructor(prefix: string, name: string) {
    this.main = this.group = `${prefix}.${name}`
    this.later = `${prefix}._later.${name}`
    this.tried = `${prefix}._tried.${name}`
    this.dead = this.deadGroup = `${prefix}._dead.${name}`
  }

  /** What messages may be in. */
  get all(): readonly string[] {
    return [this.main, this.later, this.dead, this.tried]
  }

  /** The queue of a topic, if it is the main one of a queue. */
  static queueOf(prefix: string, topic: string): string | undefined {
    if (!topic.startsWith(`${prefix}.`)) return undefined
    const name = topic.slice(prefix.length + 1)
    return /^[A-Za-z0-9]/.test(name) ? name : undefined
  }
}

/** The partition for messages that wait this long: those of one partition are due in about the order they came. */
export function laterPartition(delayMs: number): number {
  const step = Math.ceil(Math.log2(Math.max(1, delayMs / SHORTEST_MS)) / 2)
  return Math.min(LATER_PARTITIONS - 1, step)
}
