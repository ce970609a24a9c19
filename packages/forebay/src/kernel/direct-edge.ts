import type { RunningEdge } from './run-environment.ts'
import type { EdgeSnapshot } from './snapshot.ts'
import type { StageAccount } from './stage-account.ts'

/** A hand-over without a buffer: what the producer hands on, the consumer has at once. */
export class DirectEdge implements RunningEdge {
  readonly length = 0
  readonly to: StageAccount
  readonly #from: StageAccount
  readonly #handed: () => number
  readonly #segment: { readonly n: number; readonly isOver: boolean }
  readonly #blocked: { blockedMs?(): number | undefined }

  /** `segment` spends the credit of this edge; `blocked` knows the time in which it held `from` back, where that is not all. */
  constructor(
    from: StageAccount,
    to: StageAccount,
    handed: () => number,
    segment: { readonly n: number; readonly isOver: boolean },
    blocked: { blockedMs?(): number | undefined },
  ) {
    this.#from = from
    this.to = to
    this.#handed = handed
    this.#segment = segment
    this.#blocked = blocked
  }

  isBalanced(): boolean {
    return true
  }

  inspect(id: string): EdgeSnapshot {
    const handed = this.#handed()
    return {
      id,
      name: `${this.#from.name} → ${this.to.name}`,
      from: this.#from.id,
      to: this.to.id,
      policy: 'backpressure',
      durable: false,
      length: 0,
      capacity: 0,
      bytes: 0,
      capacityBytes: 0,
      credit: this.#segment.n,
      isOver: this.#segment.isOver,
      put: handed,
      taken: handed,
      dropped: {},
      oldestMs: 0,
      blockedMs: this.#blocked.blockedMs?.() ?? this.#from.blockedMs(),
    }
  }
}
