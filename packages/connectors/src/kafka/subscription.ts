import type { Clock } from 'forebay'
import type { Held, LinkEvents } from 'forebay/queue'
import type { BrokerHealth } from './broker-health.ts'
import { GoingHome, type GoingHomeOptions } from './going-home.ts'
import { GroupMember, type MemberHost } from './group-member.ts'
import type { KafkaCluster } from './kafka-cluster.ts'
import { LaneCommits } from './lane-commits.ts'
import { LaneOpener } from './lane-opener.ts'
import { spotOf, type Lane } from './lane.ts'
import { LaneReader } from './lane-reader.ts'
import type { PartitionCount } from './partition-count.ts'
import type { TopicNames } from './topic-names.ts'

/** How long nobody may have a receiver open until the partitions go to others. */
const IDLE_MS = 1000
/** How long nothing must have come before the broker is asked whether it has nothing more. */
const SILENCE_MS = 5
const RETRY_MS = 200

/** What a subscription is made of. */
export interface SubscriptionOptions {
  readonly cluster: KafkaCluster
  readonly health: BrokerHealth
  readonly names: TopicNames
  readonly count: PartitionCount
  readonly leaseMs: number
  readonly clock: Clock
  readonly events: LinkEvents
  /** How what has a key goes to the partition of that. */
  readonly bringing: Omit<GoingHomeOptions, 'commit' | 'over'>
}

/**
 * What one client consumes of a queue: the partitions that its group has dealt to it, while it has receivers. Messages
 * are fetched when they are wanted, and handed on no further than that; what is due later comes at its time.
 */
export class Subscription implements MemberHost {
  readonly #cluster: KafkaCluster
  readonly #health: BrokerHealth
  readonly #names: TopicNames
  readonly #clock: Clock
  readonly #events: LinkEvents
  readonly #member: GroupMember
  readonly #reader: LaneReader
  readonly #opener: LaneOpener
  readonly #commits: LaneCommits
  readonly #home: GoingHome
  #lanes: readonly Lane[] = []
  /** Deals so far; what was asked for during an earlier one is late. */
  #deals = 0
  #state: 'out' | 'dealing' | 'in' = 'out'
  #now = 0
  #window = 0
  #turn = 0
  /** The present want has been answered with "nothing more". */
  #isDry = false
  #isBooked = false
  /** Purges that are under way. */
  #holds = 0
  #isClosed = false
  #cancelIdle: (() => void) | undefined
  #cancelSilence: (() => void) | undefined
  #cancelAlarm: (() => void) | undefined

  constructor(options: SubscriptionOptions) {
    const { cluster, health, names, count, clock, leaseMs } = options
    this.#cluster = cluster
    this.#health = health
    this.#names = names
    this.#clock = clock
    this.#events = options.events
    const topics = [names.main, names.later]
    this.#member = new GroupMember({ cluster, group: names.group, topics, leaseMs, clock, count, host: this })
    this.#reader = new LaneReader({ cluster, health, clock, topics, count, came: () => this.book() })
    this.#opener = new LaneOpener(cluster, names)
    const keep = (lanes: readonly Lane[]): Promise<void> => this.#member.commit(lanes)
    const over = (error: unknown): void => (error === undefined ? this.book() : this.failed(error))
    this.#commits = new LaneCommits({ clock, lanes: () => this.#lanes, keep, over })
    const isHome = (error: unknown): void => {
      this.#stopSilence() // what was asked meanwhile is older
      over(error)
      this.book()
    }
    this.#home = new GoingHome({ ...options.bringing, commit: () => this.commit(), over: isHome })
  }

  /** The partitions that are ours. */
  get lanes(): readonly Lane[] {
    return this.#lanes
  }

  want(now: number, window: number): void {
    this.#now = now
    this.#window = window
    this.#isDry = false
    this.#stopSilence()
    if (window > 0) {
      this.#cancelIdle?.()
      this.#cancelIdle = undefined
      this.#member.want(true)
    } else this.#cancelIdle ??= this.#clock.after(IDLE_MS, () => this.#idle())
    this.book()
  }

  isOut(held: Held): boolean {
    const { lane } = spotOf(held)
    return !lane.isOver && lane.isOut(held)
  }

  giveBack(held: Held): void {
    spotOf(held).lane.giveBack(held)
  }

  /** Keeps at the broker what has ended here. */
  commit(): Promise<void> {
    return this.#commits.commit()
  }

  /** Hands on what is wanted at the end of this turn: what comes until then goes along. */
  book(): void {
    if (this.#isBooked || this.#isStill) return
    this.#isBooked = true
    queueMicrotask(() => {
      this.#isBooked = false
      if (!this.#isStill) this.#handOn()
    })
  }

  /** Holds everything back until the returned function is called, once; so do others who ask for it meanwhile. */
  holdBack(): () => void {
    this.#holds++
    return () => {
      this.#holds--
      this.book()
    }
  }

  assigned(partitions: readonly { topic: string; partition: number }[], isNext: boolean): void {
    const deal = ++this.#deals
    this.#state = 'dealing'
    const isOurs = ({ topic, partition }: Lane): boolean =>
      isNext && partitions.some((one) => one.topic === topic && one.partition === partition)
    const lost = this.#lanes.filter((lane) => !isOurs(lane))
    this.#lanes = this.#lanes.filter(isOurs)
    this.#lose(lost)
    void this.#open(partitions, deal)
  }

  rebalancing(): void {
    if (this.#state === 'in') this.#state = 'dealing'
  }

  left(): void {
    this.#deals++
    this.#state = 'out'
    const lost = this.#lanes
    this.#lanes = []
    this.#lose(lost)
  }

  failed(_error: unknown): void {
    if (!this.#isClosed) this.#health.suspect()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelIdle?.()
    this.#cancelAlarm?.()
    this.#commits.close()
    this.#stopSilence()
    await this.#member.close()
    await Promise.all([this.#reader.close(), this.#opener.close()])
  }

  get #isStill(): boolean {
    return this.#isClosed || this.#holds > 0
  }

  get #out(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.out.size, 0)
  }

  #lose(lanes: readonly Lane[]): void {
    for (const lane of lanes) lane.isOver = true
    const held = lanes.flatMap((lane) => [...lane.out.values()])
    if (held.length > 0) this.#events.lost(held)
  }

  /** Finds out where the partitions stand that we did not have before. */
  async #open(partitions: readonly { topic: string; partition: number }[], deal: number): Promise<void> {
    const isNew = ({ topic, partition }: { topic: string; partition: number }): boolean =>
      !this.#lanes.some((lane) => lane.topic === topic && lane.partition === partition)
    try {
      const opened = await this.#opener.open(partitions.filter(isNew))
      if (deal !== this.#deals) return
      // What is due comes first: it has waited already.
      this.#lanes = [...this.#lanes, ...opened].toSorted((a, b) => Number(b.isLater) - Number(a.isLater))
      this.#state = 'in'
      this.book()
    } catch (error) {
      this.failed(error)
      this.#clock.after(RETRY_MS, () => {
        if (deal === this.#deals && !this.#isClosed) void this.#open(partitions, deal)
      })
    }
  }

  #handOn(): void {
    let most = Math.min(this.#now, this.#window - this.#out)
    if (most > 0 && this.#state === 'in') most -= this.#deliver(most)
    if (this.#now > 0) this.#listenForSilence()
    if (most <= 0 || this.#state !== 'in' || this.#health.isAway) return
    this.#reader.read(this.#lanes)
    this.#setAlarm()
  }

  /** Delivers up to `most`. How many it were. */
  #deliver(most: number): number {
    const now = Date.now()
    const batch: Held[] = []
    const home: Held[] = []
    const expired: string[] = []
    for (let idle = 0; idle < this.#lanes.length && batch.length < most;) {
      const lane = this.#lanes[this.#turn++ % this.#lanes.length] as Lane
      if (lane.dueAt > now) idle++
      else {
        idle = 0
        const held = lane.take(now) as Held
        const { id, expiresAt, key } = held.stored
        if (expiresAt === 0 || expiresAt > now) (lane.isLater && key !== undefined ? home : batch).push(held)
        else {
          lane.settle(held)
          expired.push(id)
        }
      }
    }
    if (expired.length > 0) {
      this.#events.dropped('expired', expired.length, expired)
      this.commit().catch(() => undefined) // with the next one
    }
    if (home.length > 0) void this.#home.go(home)
    if (batch.length > 0) {
      this.#now -= batch.length
      this.#stopSilence()
      this.#events.deliver(batch)
    }
    return batch.length
  }

  #setAlarm(): void {
    this.#cancelAlarm?.()
    this.#cancelAlarm = undefined
    const due = Math.min(...this.#lanes.map((lane) => lane.dueAt))
    if (due === Infinity) return
    this.#cancelAlarm = this.#clock.after(Math.min(60_000, Math.max(1, due - Date.now())), () => this.book())
  }

  #listenForSilence(): void {
    if (this.#isDry) return
    this.#cancelSilence ??= this.#clock.after(SILENCE_MS, () => void this.#silent())
  }

  #stopSilence(): void {
    this.#cancelSilence?.()
    this.#cancelSilence = undefined
  }

  async #silent(): Promise<void> {
    const asked = this.#cancelSilence
    try {
      if (this.#state === 'in' && !this.#health.isAway) {
        const lanes = this.#lanes
        const ends = await this.#cluster.offsets([this.#names.main, this.#names.later], 'end')
        for (const lane of lanes) lane.end = Math.max(lane.end, ends.get(`${lane.topic}-${lane.partition}`) ?? 0)
        if (this.#cancelSilence !== asked) return // more was delivered, or something else is wanted
        const now = Date.now()
        this.#isDry =
          this.#state === 'in' &&
          lanes === this.#lanes &&
          this.#home.underWay === 0 &&
          lanes.every((lane) => lane.isDry(now))
      }
    } catch (error) {
      this.failed(error)
    }
    if (this.#cancelSilence !== asked) return
    this.#cancelSilence = undefined
    if (this.#isStill || this.#now === 0) this.#isDry = false // nobody was told
    else if (this.#isDry) this.#events.dry()
    else this.#clock.after(SILENCE_MS, () => this.book())
  }

  #idle(): void {
    this.#cancelIdle = undefined
    if (this.#lanes.some((lane) => lane.out.size > 0)) this.#cancelIdle = this.#clock.after(IDLE_MS, () => this.#idle()) // what is out may be settled still
    else this.#member.want(false)
  }
}
