import type { Clock } from '../../kernel/clock.ts'
import type { Ask, Gate, GateInspection, GateObserver, Permit, RungInspection } from '../../kernel/gate.ts'
import type { Shed } from '../../kernel/shed.ts'
import { knownBudget } from '../../gates/admit/retry.ts'
import { follow } from '../../gates/follow.ts'
import { inspectPart } from '../../gates/inspect-part.ts'
import type { Part } from '../../gates/part.ts'
import { RecentLatencies } from '../../gates/recent-latencies.ts'
import { AskTally } from './ask-tally.ts'
import { CallerLedger } from './caller-ledger.ts'
import { ChangeWatch } from './change-watch.ts'
import { DecisionLog } from './decision-log.ts'
import { TimedPermit } from './timed-permit.ts'

/** What a key is called that was not named. */
export const noKey = '(none)'

/** Notes what one gate decides: who asks and what he gets, how long work takes, the newest refusals and changes. All of it is bounded. */
export class GateNotebook implements GateObserver {
  /** Who observes through it: the last one to leave takes it off the gate. */
  users = 0
  /** A ladder of service that stands behind the gate. */
  ladder: { inspect(): RungInspection } | undefined = undefined
  #rung: RungInspection | undefined = undefined
  readonly #gate: Gate
  readonly #clock: Clock
  readonly #levels = [new AskTally(), new AskTally(), new AskTally(), new AskTally()] as const
  readonly #callers: CallerLedger
  readonly #log: DecisionLog
  readonly #changes: ChangeWatch
  readonly #latencies = new RecentLatencies()
  #unfollow: () => void = () => {}
  // One function each for all permits.
  readonly #now: () => number
  readonly #ended = (ms: number): void => this.#latencies.record(ms)

  constructor(gate: Gate, clock: Clock, callers: number, decisions: number) {
    this.#gate = gate
    this.#clock = clock
    this.#callers = new CallerLedger(callers)
    this.#log = new DecisionLog(decisions)
    this.#changes = new ChangeWatch(this.#log)
    this.#now = () => clock.now()
    const { part } = gate as { readonly part?: Part } // of our own gates; to import those for it would be dear
    if (part?.learn !== undefined)
      this.#unfollow = follow(part, () => this.#changes.look(inspectPart(part), clock.now(), clock.wall()))
  }

  /** Nobody observes through it any more. */
  close(): void {
    this.#unfollow()
  }

  waits({ key = noKey, level = 1 }: Ask): void {
    this.#levels[level].waiting++
    this.#callers.wait(key)
  }

  given(permit: Permit, { key = noKey, level = 1 }: Ask, cost: number, waitedMs: number | undefined): Permit {
    const hasWaited = waitedMs !== undefined
    this.#levels[level].give(hasWaited)
    this.#callers.give(key, cost, hasWaited)
    // A pace holds nothing, so its permits need not come back.
    return this.#gate.stats.inUse > 0 ? new TimedPermit(permit, this.#now, this.#ended) : permit
  }

  refused({ key = noKey, level = 1 }: Ask, shed: Shed | undefined, hasWaited: boolean): void {
    const reason = shed?.reason ?? 'aborted'
    this.#levels[level].refuse(reason, hasWaited)
    this.#callers.refuse(key, reason, hasWaited)
    if (shed === undefined) return
    const like = `${reason} ${level} ${shed.gate} ${key}`
    this.#log.refused(like, `${key === noKey ? '' : `${key}: `}${shed.message}`, this.#clock.wall())
  }

  inspect(gate: GateInspection): GateInspection {
    const looked = this.#changes.look(gate, this.#clock.now(), this.#clock.wall())
    const budget = knownBudget(this.#gate)
    const rung = this.#lookAtLadder()
    return {
      ...looked,
      ...(budget !== undefined && {
        again: { taken: budget.taken, refused: budget.refused, balance: budget.balance },
      }),
      ...(rung !== undefined && { rung }),
      notes: {
        levels: this.#levels.map((level) => level.counts()),
        callers: this.#callers.top(),
        others: this.#callers.others(),
        latency: { p50Ms: known(this.#latencies.quantile(0.5)), p99Ms: known(this.#latencies.quantile(0.99)) },
        decisions: this.#log.newest(),
      },
    }
  }

  #lookAtLadder(): RungInspection | undefined {
    const before = this.#rung
    const rung = (this.#rung = this.ladder?.inspect())
    if (before !== undefined && rung !== undefined && before.index !== rung.index) {
      const why = `pressure ${Math.round(rung.pressure * 100)} %`
      this.#log.changed('rung', `${before.name} → ${rung.name}: ${why}`, this.#clock.wall())
    }
    return rung
  }
}

function known(ms: number): number {
  return ms === Infinity ? 0 : ms
}
