import type { Clock } from '../kernel/clock.ts'
import type { DurableEdge } from '../kernel/durable.ts'
import type { Totals } from '../kernel/totals.ts'

const EVERY_MS = 1000

type Holding = Awaited<ReturnType<NonNullable<DurableEdge['held']>>>

/**
 * What other processes do with the queue of a durable edge that they share. They are not heard, so the queue is asked
 * how many records it holds, once a second: what is more than this process knows of they have put, what is less they
 * have taken. An answer that work of our own overlaps is wrong by as much, and made good by the next; of a store that does not
 * count exactly, all answers of a second have to say that nothing is left, and a look without an answer begins that second anew.
 * A store that tells others' leases by no number (RabbitMQ) holds nothing as soon as they have the rest out: whoever shares
 * it ends then, and if they are killed before they have settled it, that rest waits for a process that is started later.
 */
export class EdgeShare {
  readonly #clock: Clock
  readonly #totals: Totals
  readonly #held: () => Promise<Holding>
  readonly #known: { readonly length: number }
  readonly #emptied: () => void
  #cancel: (() => void) | undefined
  #isAsking = false
  /** Since when every answer has been that nothing is left. */
  #emptySince: number | undefined
  #isClosed = false
  /** Records that others have put, and taken to their end. */
  put = 0
  taken = 0

  private constructor(
    held: () => Promise<Holding>,
    env: { clock: Clock; totals: Totals },
    known: { readonly length: number },
    emptied: () => void,
  ) {
    this.#held = held
    this.#clock = env.clock
    this.#totals = env.totals
    this.#known = known
    this.#emptied = emptied
  }

  /** `known.length` is what this process believes to be held; `emptied` is called when it is nothing. `undefined` when nobody shares it. */
  static of(
    edge: DurableEdge,
    env: { clock: Clock; totals: Totals },
    known: { readonly length: number },
    emptied: () => void,
  ): EdgeShare | undefined {
    return edge.held === undefined ? undefined : new EdgeShare(edge.held.bind(edge), env, known, emptied)
  }

  /** How many records more others have put than taken. */
  get net(): number {
    return this.put - this.taken
  }

  /** Asks now, and from then on every second. */
  check(): void {
    if (this.#isAsking || this.#isClosed) return
    this.#isAsking = true
    this.#cancel?.()
    void this.#look()
  }

  close(): void {
    this.#isClosed = true
    this.#cancel?.()
  }

  async #look(): Promise<void> {
    const held = await this.#held().catch(() => undefined) // the broker is away
    this.#isAsking = false
    if (this.#isClosed) return
    if (held !== undefined) this.#told(held)
    else this.#emptySince = undefined // what others did meanwhile nobody knows
    if (!this.#isClosed) this.#cancel = this.#clock.after(EVERY_MS, () => this.check())
  }

  #told({ items, isExact }: Holding): void {
    const by = items - this.#known.length
    if (by > 0) this.put += by
    else this.taken -= by
    this.#totals.carriedIn += by
    const now = this.#clock.now()
    this.#emptySince = items === 0 ? (this.#emptySince ?? now) : undefined
    if (this.#emptySince !== undefined && (isExact || now - this.#emptySince >= EVERY_MS)) this.#emptied()
  }
}
