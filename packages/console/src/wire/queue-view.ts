import type { QueueStats } from 'forebay/queue'

/** What the page is told of one queue. */
export interface QueueView {
  readonly name: string
  readonly maxItems: number
  readonly maxBytes: number
  readonly stats: QueueStats
  /** Whether dead letters are being put back now. */
  readonly isRedriving: boolean
  /** Why the last attempt to put some back failed; absent when it did not. */
  readonly redriveError?: string
}

/** The answer of /api/queues. */
export interface QueueList {
  /** Whether dead letters may be put back from here. */
  readonly mayWrite: boolean
  readonly queues: readonly QueueView[]
}

/** One dead letter as /api/queues/NAME/dead shows it. */
export interface DeadLetterView {
  readonly id: string
  readonly attempts: number
  /** Unix epoch, ms. */
  readonly enqueuedAt: number
  readonly bytes: number
  readonly headers: Readonly<Record<string, string>>
  /** The failed attempts, oldest first. */
  readonly history: readonly { readonly attempt: number; readonly at: number; readonly reason: string }[]
  /** The beginning of its body, as JSON. */
  readonly preview: string
}

/** Why a message died: the reason of its last attempt. */
export function reasonOf({ history }: Pick<DeadLetterView, 'history'>): string {
  return history.at(-1)?.reason ?? 'no reason'
}
