import type { Clock } from '../../kernel/clock.ts'
import { ForebayError, isForebayError } from '../../kernel/errors.ts'
import type { Random } from '../../kernel/random.ts'
import { minus, plus } from './amount.ts'
import type { BrokerLink, Outgoing, PutStatus } from './broker-link.ts'
import type { Traffic } from './depth-reader.ts'
import { RetryTimer } from './retry-timer.ts'

const BATCH_ITEMS = 1000
const BATCH_BYTES = 4 * 1024 * 1024
/** How long `close` waits for answers. */
const FAREWELL_MS = 5000

/** One put on its way: what is left of it, and what became of the rest. */
interface Parcel {
  readonly number: number
  items: readonly Outgoing[]
  bytes: number
  /** The places of `items` in the answer when they are a rest of it. */
  places: readonly number[] | undefined
  readonly statuses: PutStatus[]
  /** It waits for a broker that is full, or refuses for now; else that is its answer. */
  readonly isPatient: boolean
  readonly resolve: (statuses: readonly PutStatus[]) => void
  readonly reject: (error: unknown) => void
}

/** One call of `put`: the same array again until it is answered. */
interface Batch {
  readonly items: readonly Outgoing[]
  readonly parcels: readonly Parcel[]
  /** It may have been done: the connection broke before there was an answer. */
  isInDoubt: boolean
}

/**
 * Puts on their way to a broker, in order: as many as have come go in one call. What was not answered because the
 * connection broke goes again, first and unchanged; what found the queue full goes again when there may be room. What
 * the broker refuses for good is refused to its own caller, not to those whose items went along.
 *
 * Bounded by the window of whoever puts something in.
 */
export class Outbox {
  readonly #link: BrokerLink
  readonly #clock: Clock
  readonly #calls: number
  readonly #traffic: Traffic
  readonly #name: string
  #waiting: Parcel[] = []
  /** What goes alone: at most one a call, or the parcels of one that failed for good. */
  readonly #alone: Batch[] = []
  readonly #underWay = new Map<Promise<void>, Batch>() // at most `calls`
  readonly #timer: RetryTimer
  #next = 0
  /** The broker was full: one parcel at a time, so that a small one is not held up by those behind it. */
  #isTight = false
  #isHeld = false
  /** The broker answers, and refuses what is put. */
  #isRefused = false
  #isBooked = false
  #closed: ForebayError | undefined
  readonly #onFull: () => void

  constructor(options: {
    name: string
    link: BrokerLink
    calls: number
    traffic: Traffic
    clock: Clock
    random: Random
    /** The broker said that it is full although there seemed to be room. */
    onFull: () => void
  }) {
    this.#name = options.name
    this.#link = options.link
    this.#clock = options.clock
    this.#calls = options.calls
    this.#traffic = options.traffic
    this.#onFull = options.onFull
    this.#timer = new RetryTimer(options.clock, options.random, { firstMs: 20, longestMs: 1000 })
  }

  put(items: readonly Outgoing[], isPatient: boolean): Promise<readonly PutStatus[]> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed)
    return new Promise((resolve, reject) => {
      const number = this.#next++
      const bytes = bytesOf(items)
      this.#waiting.push({ number, items, bytes, places: undefined, statuses: [], isPatient, resolve, reject })
      this.#book()
    })
  }

  /** The broker is away, or answers and takes nothing for now (`isRefused`): nothing goes until `resume`. */
  hold(isRefused: boolean): void {
    this.#isHeld = true
    this.#isRefused = isRefused
    this.#timer.stop()
  }

  /** Go on: the broker is back, or there may be room. */
  resume(): void {
    this.#isHeld = this.#isRefused = false
    this.#timer.stop()
    this.#book()
  }

  /** There may be room where there was none. */
  room(): void {
    if (this.#isHeld || !this.#timer.isWaiting) return
    this.#timer.stop()
    this.#book()
  }

  /** The calls that are under way now are answered; resolves at once while the broker takes nothing. */
  async quiet(): Promise<void> {
    if (!this.#isHeld) await Promise.all(this.#underWay.keys())
  }

  /** Waits for what is under way, 5 s at most; what nobody answers is refused with an error that says so. */
  async close(): Promise<void> {
    const error = new ForebayError('FOREBAY_CLOSED', `${this.#name} was closed before the broker had answered a put`)
    let isLate = false
    let cancel = (): void => {}
    const late = new Promise<void>((resolve) => {
      cancel = this.#clock.after(FAREWELL_MS, () => {
        isLate = true
        resolve()
      })
    })
    for (this.#pump(); this.#underWay.size > 0 && !isLate; this.#pump())
      await Promise.race([...this.#underWay.keys(), late])
    cancel()
    this.#closed = error
    this.#timer.stop()
    const batches = [...this.#underWay.values(), ...this.#alone.splice(0)]
    for (const parcel of [...batches.flatMap(({ parcels }) => parcels), ...this.#waiting.splice(0)])
      parcel.reject(error)
  }

  /** Sends at the end of this turn: what comes until then goes along. */
  #book(): void {
    if (this.#isBooked) return
    this.#isBooked = true
    queueMicrotask(() => {
      this.#isBooked = false
      this.#pump()
    })
  }

  #pump(): void {
    while (!this.#isHeld && !this.#timer.isWaiting && this.#closed === undefined) {
      const isAlone = this.#alone.length > 0
      // What is in doubt goes alone and first, or what comes behind it could overtake.
      if (this.#underWay.size >= (isAlone || this.#isTight ? 1 : this.#calls)) return
      const batch = this.#alone.shift() ?? this.#gather()
      if (batch === undefined) return
      const call: Promise<void> = this.#send(batch).then(() => {
        this.#underWay.delete(call)
        this.#pump()
      })
      this.#underWay.set(call, batch)
    }
  }

  #gather(): Batch | undefined {
    const [first] = this.#waiting
    if (first === undefined) return undefined
    const most = this.#isTight ? 0 : BATCH_ITEMS
    let count = 0
    let items = 0
    let bytes = 0
    for (const parcel of this.#waiting) {
      bytes += parcel.bytes
      items += parcel.items.length
      if (count > 0 && (items > most || bytes > BATCH_BYTES)) break
      count++
    }
    const parcels = this.#waiting.splice(0, count)
    const all = parcels.length === 1 ? first.items : parcels.flatMap((parcel) => parcel.items)
    return { parcels, items: all, isInDoubt: false }
  }

  async #send(batch: Batch): Promise<void> {
    const traffic = this.#traffic
    const amount = { items: batch.items.length, bytes: bytesOf(batch.items) }
    traffic.begun++
    traffic.putting = plus(traffic.putting, amount)
    try {
      this.#answered(batch, await this.#link.put(batch.items))
    } catch (error) {
      this.#failed(batch, error)
    } finally {
      traffic.answered++
      traffic.putting = minus(traffic.putting, amount)
      traffic.put = plus(traffic.put, amount)
    }
  }

  #answered({ parcels }: Batch, statuses: readonly PutStatus[]): void {
    if (this.#closed !== undefined) return // too late
    let at = 0
    const full: Parcel[] = []
    let isFull = false
    for (const parcel of parcels) {
      const { items } = parcel
      const rest: number[] = []
      for (let index = 0; index < items.length; index++) {
        const status = statuses[at++] ?? 'full'
        parcel.statuses[parcel.places?.[index] ?? index] = status
        if (status === 'full') rest.push(index)
      }
      isFull ||= rest.length > 0
      if (rest.length === 0 || !parcel.isPatient) parcel.resolve(parcel.statuses)
      else {
        const places = parcel.places
        parcel.places = places === undefined ? rest : rest.map((index) => places[index] as number)
        parcel.items = rest.map((index) => items[index] as Outgoing)
        parcel.bytes = bytesOf(parcel.items)
        full.push(parcel)
      }
    }
    if (!isFull) {
      this.#isTight = false
      this.#timer.reset()
      return
    }
    this.#onFull()
    if (full.length === 0) return
    this.#waiting = [...full, ...this.#waiting].toSorted((a, b) => a.number - b.number)
    // A batch of several may have been too large where its first part is not.
    if (!this.#isTight && parcels.length > 1) this.#isTight = true
    else this.#timer.later(() => this.#pump())
  }

  #failed(batch: Batch, error: unknown): void {
    const { parcels } = batch
    const mayGoWell = isForebayError(error) && error.retryable
    // Whether it was done nobody knows: whatever the policy is, only the same call again can tell.
    if (mayGoWell && !this.#isRefused) batch.isInDoubt = true
    if (this.#closed === undefined && mayGoWell && (batch.isInDoubt || parcels.some((parcel) => parcel.isPatient))) {
      this.#sendAlone([batch])
      if (!this.#isHeld) this.#timer.later(() => this.#pump())
    } else if (this.#closed === undefined && !mayGoWell && parcels.length > 1)
      this.#sendAlone(parcels.map((parcel) => ({ parcels: [parcel], items: parcel.items, isInDoubt: false })))
    else for (const parcel of parcels) parcel.reject(this.#closed ?? error)
  }

  #sendAlone(batches: readonly Batch[]): void {
    this.#alone.push(...batches)
    this.#alone.sort((a, b) => (a.parcels[0] as Parcel).number - (b.parcels[0] as Parcel).number)
  }
}

function bytesOf(items: readonly Outgoing[]): number {
  let bytes = 0
  for (const item of items) bytes += item.bytes
  return bytes
}
