import type { Enter } from './plan.ts'
import type { Filling, Pull, Receiver } from './receiver.ts'

/** How the items of a source become records. */
export interface SourceRecords {
  readonly enter: Enter | undefined
  /** All that bring no context get the same one. */
  readonly isShared: boolean
}

/** What a source has at hand goes to a mere buffer behind it without a step for each item. `port` is the credit for them. */
export function fillReceiver(port: { n: number }, pull: Pull, receiver: Receiver, { enter }: SourceRecords): void {
  if (pull.fill === undefined || receiver.takeFrom === undefined) return
  pull.generated = (left) => {
    port.n -= receiver.takeFrom?.(pull as Filling, Math.min(left, port.n), enter) ?? 0
  }
}
