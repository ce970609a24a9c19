import { ForebayError } from './errors.ts'

/**
 * The credit of one direction of one boundary, counted as running totals.
 *
 * A consumer never sends "n more" over a gap, it sends the *total* it has granted so far. A grant that
 * is lost is repaired by the next one, a repeated or late one changes nothing. Items and bytes are two
 * accounts; sending needs some of both. An item may overdraw the bytes, or one larger than a whole
 * budget could never be sent.
 *
 * Invariant: items spent ≤ items granted; bytes spent < bytes granted before the last item.
 */
export class CreditAccount {
  #grantedItems = 0
  #grantedBytes = 0
  #spentItems = 0
  #spentBytes = 0

  /** Takes over the consumer's totals. Older totals than the ones known are ignored. */
  grantTo(items: number, bytes: number = Infinity): void {
    if (items > this.#grantedItems) this.#grantedItems = items
    if (bytes > this.#grantedBytes) this.#grantedBytes = bytes
  }

  get items(): number {
    return this.#grantedItems - this.#spentItems
  }

  get bytes(): number {
    return this.#grantedBytes - this.#spentBytes
  }

  /** Whether one item may be sent now, whatever its size. */
  canSpend(): boolean {
    return this.items > 0 && this.bytes > 0
  }

  /** Spends one item of `bytes`. Throws `FOREBAY_PROTOCOL` when there is no credit. */
  spend(bytes = 0): void {
    if (!this.canSpend()) throw new ForebayError('FOREBAY_PROTOCOL', 'an item was sent without credit')
    this.#spentItems++
    this.#spentBytes += bytes
  }

  get totals(): { grantedItems: number; grantedBytes: number; spentItems: number; spentBytes: number } {
    return {
      grantedItems: this.#grantedItems,
      grantedBytes: this.#grantedBytes,
      spentItems: this.#spentItems,
      spentBytes: this.#spentBytes,
    }
  }
}
