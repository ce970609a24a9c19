import { READY_LANES, LANES_PER_LEVEL, readyLane } from './lanes.ts'
import { KeyOrder } from './key-order.ts'
import { Lane } from './lane.ts'
import type { Message } from './message.ts'

/**
 * The messages that are next, in memory: the head of every lane. Levels go strictly in order; within a
 * level the lanes take turns, message by message.
 */
export class Window {
  readonly #lanes = new Map<number, Lane>() // at most READY_LANES
  /** Lanes of each level that have ready messages, whose turn comes in this order. */
  readonly #turns: Lane[][] = [[], [], [], []]
  readonly keys: KeyOrder = new KeyOrder()
  #items = 0
  #bytes = 0
  #aside = 0

  /** Messages in memory that are ready, parked or set aside. */
  get items(): number {
    return this.#items
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Those of them that cannot be taken now: parked behind a busy key, or set aside. */
  get idle(): number {
    return this.keys.parked + this.#aside
  }

  lane(id: number): Lane {
    let lane = this.#lanes.get(id)
    if (lane === undefined) {
      if (id < 0 || id >= READY_LANES) throw new RangeError(`lane: expected 0 to ${READY_LANES - 1}, got ${id}`)
      this.#lanes.set(id, (lane = new Lane(id, Math.floor(id / LANES_PER_LEVEL))))
    }
    return lane
  }

  lanes(): Iterable<Lane> {
    return this.#lanes.values()
  }

  /** Adds a message behind the others of its lane, as its chunk is read. */
  push(lane: Lane, message: Message): void {
    lane.push(message)
    this.#added(lane, message)
  }

  /** Puts a message before the others of its lane: it has been in line before. */
  putBack(message: Message): void {
    const lane = this.lane(readyLane(message.stored.level, message.stored.group))
    lane.front.push(message)
    this.#added(lane, message)
  }

  /** Keeps count of a message that was taken and is neither out nor in line. */
  setAside(message: Message): void {
    this.#aside++
    this.#items++
    this.#bytes += message.stored.bytes
  }

  /** Puts a message that was set aside back in line. */
  bringBack(message: Message): void {
    this.#aside--
    this.#requeue(message)
  }

  /** Takes the next message whose key is free; `leastImportant` starts at the other end of the levels. */
  take(leastImportant = false): Message | undefined {
    for (let i = 0; i < 4; i++) {
      const turns = this.#turns[leastImportant ? 3 - i : i] as Lane[]
      while (turns.length > 0) {
        const message = this.#takeTurn(turns)
        if (message !== undefined && this.keys.tryTake(message)) {
          this.#items--
          this.#bytes -= message.stored.bytes
          return message
        }
      }
    }
    return undefined
  }

  /** Takes the message put first of all that are ready, or of one lane, without regard to keys: it will not be handed out. */
  takeOldest(accept: (lane: Lane) => boolean): Message | undefined {
    let oldest: Lane | undefined
    for (const lane of this.#lanes.values()) {
      const head = accept(lane) ? lane.peek() : undefined
      if (head !== undefined && (oldest === undefined || head.stored.seq < (oldest.peek() as Message).stored.seq))
        oldest = lane
    }
    const message = oldest?.take()
    if (message === undefined) return undefined
    this.#items--
    this.#bytes -= message.stored.bytes
    return message
  }

  /** Frees the key of `message`, so that the next one of that key gets in line. */
  freeKey(message: Message): void {
    const next = this.keys.free(message)
    if (next !== undefined) this.#requeue(next)
  }

  /** Puts everything parked back in line. */
  unpark(): void {
    for (const message of this.keys.unpark()) this.#requeue(message)
  }

  #requeue(message: Message): void {
    // It is counted already: what is parked or set aside is part of the window.
    this.#items--
    this.#bytes -= message.stored.bytes
    this.putBack(message)
  }

  #added(lane: Lane, message: Message): void {
    this.#items++
    this.#bytes += message.stored.bytes
    if (lane.inTurn) return
    lane.inTurn = true
    ;(this.#turns[lane.level] as Lane[]).push(lane)
  }

  #takeTurn(turns: Lane[]): Message | undefined {
    const lane = turns[0] as Lane
    const message = lane.take()
    const isEmpty = lane.ready === 0
    if (turns.length > 1 || isEmpty) {
      turns.shift() // at most 64 lanes
      if (isEmpty) lane.inTurn = false
      else turns.push(lane)
    }
    return message
  }
}
