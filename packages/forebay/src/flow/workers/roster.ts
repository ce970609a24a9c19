import { BLOCKED, BUSY, STARVED, type SlotState, type StageAccount } from '../../kernel/stage-account.ts'
import { Seat, type SeatHost } from './seat.ts'
import type { WorkerItem } from './worker-item.ts'

/** The seats of a stage, and what its slots do. Each seat is a slot. */
export class Roster {
  readonly #seats: Seat[] = []
  /** No more seats. */
  #isStopped = false
  readonly #host: SeatHost
  readonly #stage: StageAccount

  constructor(host: SeatHost, stage: StageAccount) {
    this.#host = host
    this.#stage = stage
  }

  /** Seats that get items, now or when their workers are ready. */
  get staying(): number {
    return this.#seats.reduce((sum, { isRetiring }) => (isRetiring ? sum : sum + 1), 0)
  }

  /** Whether every seat has a worker that takes items. */
  get isReady(): boolean {
    return this.#seats.every(({ state }) => state === 'ready')
  }

  get isEmpty(): boolean {
    return this.#seats.length === 0
  }

  /** More seats start workers at once; of too many, those that have the least end when they have nothing any more. */
  resize(to: number): void {
    for (let more = to - this.staying; more > 0 && !this.#isStopped; more--) {
      const seat = this.#retiring() ?? this.#add()
      if (seat.isRetiring) seat.isRetiring = false
      else seat.start()
    }
    for (let fewer = this.staying - to; fewer > 0; fewer--) {
      const seat = this.#seats.filter(({ isRetiring }) => !isRetiring).reduce((a, b) => (b.items <= a.items ? b : a))
      seat.isRetiring = true
      this.release(seat)
    }
  }

  /** A seat that is to go goes when it has nothing any more. */
  release(seat: Seat): void {
    if (seat.isRetiring && seat.items === 0) seat.stop()
  }

  /** Who gets the next items: the one that has the least. */
  least(): Seat | undefined {
    let least: Seat | undefined
    for (const seat of this.#seats) {
      if (seat.isOpen && (least === undefined || seat.items < least.items)) least = seat
    }
    return least
  }

  /** Every item that workers have. */
  given(): WorkerItem[] {
    return this.#seats.flatMap((seat) => [...seat.given()])
  }

  /** It removes them as they end. */
  stop(): void {
    this.#isStopped = true
    for (const seat of this.#seats.toReversed()) seat.stop()
  }

  remove(seat: Seat): void {
    this.#toSlot(seat, STARVED)
    this.#seats.splice(this.#seats.indexOf(seat), 1)
    if (seat.isRetiring) this.#stage.resize(Math.max(1, this.#seats.length))
  }

  /** Says where the slots are: a worker that starts while there is work is what the flow waits for. */
  account(hasItems: boolean, hasCredit: boolean): void {
    for (const seat of this.#seats) {
      const isBusy = seat.items > 0 || (seat.state !== 'ready' && hasItems)
      this.#toSlot(seat, isBusy ? BUSY : hasItems && !hasCredit ? BLOCKED : STARVED)
    }
  }

  #add(): Seat {
    const taken = new Set(this.#seats.map(({ number }) => number))
    let number = 1
    while (taken.has(number)) number++
    const seat = new Seat(this.#host, number)
    this.#seats.push(seat)
    if (this.#seats.length > this.#stage.slots) this.#stage.resize(this.#seats.length)
    return seat
  }

  #retiring(): Seat | undefined {
    return this.#seats.find(({ isRetiring, state }) => isRetiring && state === 'ready')
  }

  #toSlot(seat: Seat, state: SlotState): void {
    if (seat.slot === state) return
    this.#stage.move(seat.slot, state)
    seat.slot = state
  }
}
