import { ForebayError } from '../kernel/errors.ts'
import type { Overflow } from '../kernel/overflow.ts'
import type { Admission } from './admission.ts'
import type { Loader } from './loader.ts'
import type { EncodedItem } from './put-items.ts'
import type { Settlement } from './settlement.ts'
import type { Window } from './window.ts'

const REASONS = { 'drop-oldest': 'oldest', 'drop-lowest': 'lowest' } as const

/** Makes room for arriving items by the `drop-*` policies. Only ready messages can go: what is leased, waiting or dead stays. */
export class Evictor {
  readonly #name: string
  readonly #overflow: Overflow
  readonly #admission: Admission
  readonly #window: Window
  readonly #loader: Loader
  readonly #settlement: Settlement
  /** One at a time: a victim is chosen while nobody else chooses. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: {
    name: string
    overflow: Overflow
    admission: Admission
    window: Window
    loader: Loader
    settlement: Settlement
  }) {
    this.#name = options.name
    this.#overflow = options.overflow
    this.#admission = options.admission
    this.#window = options.window
    this.#loader = options.loader
    this.#settlement = options.settlement
  }

  /** The items that are to be stored, in order of arrival; room is taken for them. */
  makeRoom(items: readonly EncodedItem[]): Promise<ReadonlySet<EncodedItem>> {
    const made = this.#turn.then(() => this.#choose(items))
    this.#turn = made.catch(() => undefined)
    return made
  }

  async #choose(items: readonly EncodedItem[]): Promise<ReadonlySet<EncodedItem>> {
    const kept = new Set<EncodedItem>()
    for (const item of items) {
      let hasRoom = this.#admission.takeAhead(1, item.bytes)
      while (!hasRoom && this.#admission.canHold(item.bytes) && (this.#forgo(item, kept) || (await this.#evict(item))))
        hasRoom = this.#admission.takeAhead(1, item.bytes)
      if (hasRoom) kept.add(item)
      else if (this.#admission.credit.reason === 'disk') {
        for (const taken of kept) this.#admission.give(1, taken.bytes)
        const { message } = this.#admission.credit
        throw new ForebayError('FOREBAY_UNAVAILABLE', `${this.#name}: ${message}`, { retryable: true })
      }
    }
    return kept
  }

  /** Gives up an item of the same batch, when everything held is more wanted than that. */
  #forgo(item: EncodedItem, kept: Set<EncodedItem>): boolean {
    let victim: EncodedItem | undefined
    if (this.#overflow === 'drop-oldest' && !this.#hasReady()) victim = kept.values().next().value
    if (this.#overflow === 'drop-lowest') {
      for (const other of kept) if (other.level > (victim?.level ?? item.level)) victim = other
      if (victim !== undefined && victim.level < this.#lowestLevel()) return false
    }
    if (victim === undefined) return false
    kept.delete(victim)
    this.#admission.give(1, victim.bytes)
    return true
  }

  #hasReady(): boolean {
    for (const lane of this.#window.lanes()) if (lane.ready > 0 || lane.behind) return true
    return false
  }

  /** Drops one held message for `item`. Returns false when none may go. */
  async #evict(item: EncodedItem): Promise<boolean> {
    if (this.#overflow === 'drop-newest' || this.#admission.credit.reason === 'disk') return false
    for (const lane of this.#window.lanes()) {
      while (lane.ready === 0 && (await this.#loader.readOn(lane)));
    }
    const worst = this.#overflow === 'drop-lowest' ? this.#lowestLevel() : undefined
    if (worst !== undefined && worst <= item.level) return false
    const victim = this.#window.takeOldest((lane) => worst === undefined || lane.level === worst)
    if (victim === undefined) return false
    const reason = REASONS[this.#overflow as keyof typeof REASONS]
    this.#settlement.evict(victim, reason)
    this.#admission.give(1, victim.stored.bytes)
    return true
  }

  /** The largest level number of which a message is ready; -1 when none is. */
  #lowestLevel(): number {
    let lowest = -1
    for (const lane of this.#window.lanes()) if (lane.ready > 0 && lane.level > lowest) lowest = lane.level
    return lowest
  }
}
