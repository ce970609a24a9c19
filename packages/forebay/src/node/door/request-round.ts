import { RingBuffer } from '../../kernel/ring-buffer.ts'
import type { DoorRecord, DoorRequest } from './door-request.ts'

const TURN_RECORDS = 64

/** The requests that have a record, each once; they take turns of at most 64 records, so one long body delays no other. */
export class RequestRound<T> {
  readonly #ring: RingBuffer<DoorRequest<T>>
  readonly #members = new Set<DoorRequest<T>>() // bounded by the ring
  #turn = 0

  constructor(maxRequests: number) {
    this.#ring = new RingBuffer(maxRequests)
  }

  add(request: DoorRequest<T>): void {
    if (this.#members.has(request)) return
    this.#members.add(request)
    this.#ring.push(request)
  }

  take(): DoorRecord<T> | undefined {
    while (this.#ring.length > 0) {
      const request = this.#ring.at(0)
      const record = request.isReady ? request.take() : undefined
      if (!request.isReady) this.#leave()
      else if (++this.#turn >= TURN_RECORDS) this.#nextTurn()
      if (record !== undefined) return record
    }
    return undefined
  }

  /** Forgets a request that is over. */
  delete(request: DoorRequest<T>): void {
    if (!this.#members.delete(request)) return
    for (let i = 0; i < this.#ring.length; i++) {
      if (this.#ring.at(i) === request) {
        this.#ring.removeAt(i)
        return
      }
    }
  }

  #leave(): void {
    this.#turn = 0
    this.#members.delete(this.#ring.shift())
  }

  #nextTurn(): void {
    this.#turn = 0
    this.#ring.push(this.#ring.shift())
  }
}
