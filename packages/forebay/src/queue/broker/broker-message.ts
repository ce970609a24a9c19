import type { Holder, Leased } from '../message.ts'
import type { StoredMessage } from '../stored-message.ts'
import type { Held } from './broker-link.ts'

/** A message that a broker has given to this client, until it is settled there or its lease is lost. */
export class BrokerMessage implements Leased {
  readonly held: Held
  readonly stored: StoredMessage
  readonly failed: number
  holder: Holder | undefined
  deadline = 0
  slot = -1
  /** The broker says that it is not ours any more. */
  isLost = false
  /** Why the broker could not settle it. */
  failure: unknown

  constructor(held: Held) {
    this.held = held
    this.stored = held.stored
    this.failed = held.stored.failed
  }
}
