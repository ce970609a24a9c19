import type { Histogram, StageSnapshot } from './snapshot.ts'
import type { Meter } from './meter.ts'
import { cardinalityOf, type Operator } from './operator.ts'

/** What a slot is doing. */
export const BUSY = 0
export const BLOCKED = 1
export const STARVED = 2
export const GATED = 3
export type SlotState = 0 | 1 | 2 | 3

type Readings = Pick<Meter, 't' | 'readings' | 'now' | 'read'>

/** What stages look at whose time is not accounted for. */
const stopped: Readings = { t: 0, readings: 0, now: () => 0, read: () => 0 }

/** Upper bounds of service-time buckets, ms: powers of two from 1/16 ms to 65 s. */
const BOUNDS: readonly number[] = Array.from({ length: 21 }, (_, index) => 2 ** (index - 4))
const QUICK_MS = 1 / 16

/**
 * The account of one stage: slot time by state, and where its items went.
 *
 * Invariants: the slots in the four states add up to `slots`; in = settled + failed + discarded + inFlight, where
 * `settled` may be negative for a while in a stage that makes several items of one.
 */
export class StageAccount {
  readonly id: string
  name: string
  readonly kind: string
  readonly sync: boolean
  slots: number;
  in = 0
  failed = 0
  emitted = 0
  retried = 0
  cpuMs = 0
  readonly discarded: Record<string, number> = {}
  readonly gates: string[] = []
  /** Called before every snapshot: fills in what is derived instead of counted. */
  refresh: (() => void) | undefined
  operators: { name: string; ms: number }[] = []
  inFlight = 0
  /** It, or one of its operators, may make several items of one: more of these may be held or lost than have come in. */
  makesItems = false
  site: string | undefined
  /** For a stage that sizes its own window: how many items it may hold or have asked for now. */
  window: number | undefined
  /** Timers that it has set. */
  timers = 0
  /** The junction that feeds it. */
  host: StageAccount | undefined
  /** Of a stage that is elastic. */
  scale: StageSnapshot['scale']
  /** Where a stage that degrades stands. */
  rung: StageSnapshot['rung']
  #since: number
  /** When a slot changed its state for the last time, as far as that was known at the last look, and when that was. */
  #movedAt: number
  #lookedAt: number
  /** The reading of the meter up to which time is accounted for. */
  #reading = 0
  /** Where the only slot is, for stages that are moved with {@link to}. */
  #state: SlotState = STARVED
  /** The busy ones, as a number of its own: it changes twice an item. */
  #busy = 0
  /** The blocked and the gated; the starved are the rest. */
  readonly #slotsIn: [number, number, number, number] = [0, 0, 0, 0]
  readonly #ms: [number, number, number, number] = [0, 0, 0, 0]
  readonly #service: number[] = Array.from({ length: BOUNDS.length + 1 }, () => 0)
  /** Work within the first bound: counted without looking for its bucket, its time left out of the sum. */
  #quick = 0
  #serviceSum = 0
  readonly #meter: Readings

  constructor(options: {
    id: string
    name: string
    kind: string
    slots: number
    sync: boolean
    meter: Meter | undefined
  }) {
    this.id = options.id
    this.name = options.name
    this.kind = options.kind
    this.sync = options.sync
    this.slots = options.slots
    this.#meter = options.meter ?? stopped
    this.#lookedAt = this.#movedAt = this.#since = this.#meter.read()
  }

  /** The stage runs these as well. */
  add(operators: readonly Operator[]): void {
    this.operators = [...this.operators, ...operators.map(({ name }) => ({ name, ms: 0 }))]
    this.makesItems ||= operators.some((operator) => cardinalityOf(operator) === 'many')
  }

  /** One slot goes from one state to another. */
  move(from: SlotState, to: SlotState): void {
    this.#meter.now()
    this.catchUp()
    this.#shift(from, -1)
    this.#shift(to, 1)
  }

  /** A starved slot is busy: what {@link move} does, for a caller that runs in a segment, which has looked at the clock. */
  enter(): void {
    this.catchUp()
    this.#busy++
  }

  /** A slot is starved, since the caller has last caught up. */
  leave(from: SlotState): void {
    this.#shift(from, -1)
  }

  /** Accounts for the time up to the last reading of the clock: what changes from now on has changed then. */
  catchUp(): void {
    const meter = this.#meter
    if (meter.readings !== this.#reading) this.#integrate(meter.t)
  }

  /** For stages of one slot: the slot goes to `to` from wherever it is. */
  to(to: SlotState): void {
    const from = this.#state
    if (from === to) return
    this.#state = to
    this.move(from, to)
  }

  /** Changes the number of slots; new ones are starved, removed ones are taken from the starved. */
  resize(slots: number): void {
    this.#look()
    this.slots = slots
  }

  /** A starved slot did `ms` of synchronous work in between: cheaper than two moves. */
  wasBusy(ms: number): void {
    if (this.#meter === stopped) return
    this.#ms[BUSY] += ms
    this.#ms[STARVED] -= ms
    this.served(ms)
  }

  served(ms: number): void {
    if (ms <= QUICK_MS) this.#quick++
    else this.#servedSlowly(ms)
  }

  #servedSlowly(ms: number): void {
    let bucket = 1
    while (bucket < BOUNDS.length && ms > (BOUNDS[bucket] as number)) bucket++
    this.#service[bucket] = (this.#service[bucket] as number) + 1
    this.#serviceSum += ms
  }

  discard(reason: string, count = 1): void {
    this.discarded[reason] = (this.discarded[reason] ?? 0) + count
  }

  /** It is over: what is derived is counted for the last time. The item that it is handing on just now is no longer its own. */
  close(): void {
    this.refresh?.()
    this.refresh = undefined
    this.inFlight = 0
  }

  /** Takes over the counts of a stage that is over and gone. */
  absorb(gone: StageAccount): void {
    this.in += gone.in
    this.failed += gone.failed
    this.emitted += gone.emitted
    this.retried += gone.retried
    for (const reason in gone.discarded) this.discard(reason, gone.discarded[reason])
  }

  get settled(): number {
    let discarded = 0
    for (const reason in this.discarded) discarded += this.discarded[reason] as number
    return this.in - this.failed - discarded - this.inFlight
  }

  /** Time in which a slot of this stage could not hand over, averaged over its slots, ms. */
  blockedMs(): number {
    this.#look()
    return this.#ms[BLOCKED] / this.slots
  }

  inspect(): StageSnapshot {
    const now = this.#look()
    this.refresh?.()
    const [busyMs, blockedMs, starvedMs, gatedMs] = this.#ms
    const sampled = this.operators.reduce((sum, operator) => sum + operator.ms, 0)
    return {
      id: this.id,
      name: this.name,
      kind: this.kind,
      operators: this.operators.map(({ name, ms }) => ({
        name,
        share: sampled > 0 ? ms / sampled : 1 / this.operators.length,
      })),
      slots: this.slots,
      sync: this.sync,
      busyMs,
      blockedMs,
      starvedMs,
      gatedMs,
      cpuMs: this.sync ? busyMs : this.cpuMs,
      in: this.in,
      settled: this.settled,
      failed: this.failed,
      discarded: { ...this.discarded },
      inFlight: this.inFlight,
      emitted: this.emitted,
      retried: this.retried,
      service: this.#histogram(),
      ...(now !== undefined && { slotsIn: this.#counts(), stillMs: now - this.#movedAt }),
      timers: this.timers,
      host: this.host?.id,
      gates: [...this.gates],
      site: this.site,
      window: this.window,
      rung: this.rung,
      scale: this.scale,
    }
  }

  #histogram(): Histogram {
    const [, ...slower] = this.#service
    return { bounds: BOUNDS, counts: [this.#quick, ...slower], sum: this.#serviceSum }
  }

  /** Accounts for the time so far. What has moved since the last look has done so when time was last accounted for. */
  #look(): number | undefined {
    if (this.#since !== this.#lookedAt) this.#movedAt = this.#since
    if (this.#meter === stopped) return undefined
    const now = this.#meter.read()
    this.#integrate(now)
    return (this.#lookedAt = now)
  }

  #integrate(now: number): void {
    this.#reading = this.#meter.readings
    const passed = now - this.#since
    this.#since = now
    if (passed <= 0) return
    const [busy, blocked, starved, gated] = this.#counts()
    const ms = this.#ms
    ms[BUSY] += busy * passed
    ms[BLOCKED] += blocked * passed
    ms[STARVED] += starved * passed
    ms[GATED] += gated * passed
  }

  #shift(state: SlotState, by: number): void {
    if (state === BUSY) this.#busy += by
    else this.#slotsIn[state] += by
  }

  #counts(): [number, number, number, number] {
    const busy = this.#busy
    const [, blocked, , gated] = this.#slotsIn
    return [busy, blocked, this.slots - busy - blocked - gated, gated]
  }
}
