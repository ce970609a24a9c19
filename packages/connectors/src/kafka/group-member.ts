import type { Clock } from 'forebay'
import type { Consumer, ConsumerGroupJoinPayload } from '@platformatic/kafka'
import type { KafkaCluster } from './kafka-cluster.ts'
import { closed, has, messageOf, unavailable } from './kafka-errors.ts'
import type { Lane } from './lane.ts'
import type { PartitionCount } from './partition-count.ts'

/** The bounds of a broker that is not configured otherwise. */
const SHORTEST_SESSION_MS = 6000
const LONGEST_SESSION_MS = 1_800_000
const HEARTBEAT_MS = 1000

/** What a membership tells. */
export interface MemberHost {
  /**
   * These partitions are ours. `isNext`: nobody else had those that we had before meanwhile; else all of what we held
   * is lost.
   */
  assigned(partitions: readonly { topic: string; partition: number }[], isNext: boolean): void
  /** Partitions are dealt anew: nothing more is to be handed out until that is over. */
  rebalancing(): void
  /** It is a member no more. */
  left(): void
  failed(error: unknown): void
}

/**
 * The membership of one client in the group of a queue, while it wants to consume. Who is silent for the length of a
 * lease (6 s at least) is taken for dead, and its partitions are dealt to others.
 */
export class GroupMember {
  readonly #cluster: KafkaCluster
  readonly #group: string
  readonly #topics: readonly string[]
  readonly #sessionMs: number
  readonly #host: MemberHost
  readonly #clock: Clock
  #consumer: Consumer | undefined
  #isWanted = false
  #adjusting: Promise<void> | undefined
  #generation = -1
  #memberId = ''
  #cancelRetry: (() => void) | undefined

  constructor(options: {
    cluster: KafkaCluster
    group: string
    topics: readonly string[]
    leaseMs: number
    clock: Clock
    count: PartitionCount
    host: MemberHost
  }) {
    this.#cluster = options.cluster
    this.#group = options.group
    this.#topics = options.topics
    this.#sessionMs = Math.min(LONGEST_SESSION_MS, Math.max(SHORTEST_SESSION_MS, Math.ceil(options.leaseMs)))
    this.#host = options.host
    // The group deals what its leader knows, and that is one of those who see it.
    options.count.onGrown(() => this.#rejoin())
    this.#clock = options.clock
  }

  /** Joins or leaves, as soon as it can. */
  want(isWanted: boolean): void {
    if (this.#isWanted === isWanted) return
    this.#isWanted = isWanted
    void this.#adjust()
  }

  /** Keeps what has been settled of our partitions; throws `FOREBAY_UNAVAILABLE` while they are dealt anew. */
  async commit(lanes: readonly Lane[]): Promise<void> {
    const consumer = this.#consumer
    if (consumer === undefined) throw unavailable('not a member of the group', undefined)
    const member = { group: this.#group, generation: this.#generation, id: this.#memberId }
    try {
      await this.#cluster.commit(member, lanes)
    } catch (error) {
      if (has(error, 'NOT_COORDINATOR') && (await this.#hasMoved(consumer))) this.#restart(consumer, error)
      throw error
    }
  }

  async close(): Promise<void> {
    this.want(false)
    await this.#adjusting
  }

  #adjust(): Promise<void> {
    this.#adjusting ??= this.#adjustAll()
    return this.#adjusting
  }

  /** Until it is what is wanted: that may change again during every step. */
  async #adjustAll(): Promise<void> {
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
    try {
      for (let isDone = false; !isDone;) isDone = await this.#step()
    } catch (error) {
      this.#host.failed(unavailable(messageOf(error), error))
    }
    // In the turn that saw the last of it: whoever wants something else from now on begins anew.
    this.#adjusting = undefined
    if (this.#isWanted && this.#consumer === undefined)
      this.#cancelRetry = this.#clock.after(200, () => void this.#adjust())
  }

  /** Whether nothing is left to do for now. */
  async #step(): Promise<boolean> {
    const isIn = this.#consumer !== undefined
    if (this.#isWanted && !isIn) return !(await this.#join()) && this.#isWanted
    if (!this.#isWanted && isIn) await this.#leave()
    else if (!this.#isWanted && this.#memberId !== '') await this.#withdraw()
    else return true
    return false
  }

  async #join(): Promise<boolean> {
    const consumer = new this.#cluster.driver.Consumer({
      ...this.#cluster.client('member'),
      groupId: this.#group,
      sessionTimeout: this.#sessionMs,
      rebalanceTimeout: this.#sessionMs,
      heartbeatInterval: HEARTBEAT_MS,
    })
    consumer.topics.trackAll(...this.#topics)
    consumer.on('error', (error: Error) => this.#restart(consumer, error))
    // The driver beats no more after that.
    consumer.on('consumer:heartbeat:error', ({ error }) => this.#restart(consumer, error))
    consumer.on('consumer:group:rebalance', () => {
      if (this.#consumer === consumer) this.#host.rebalancing()
    })
    if (this.#memberId !== '') consumer.memberId = this.#memberId // or the group would deal to the one we were
    let isIn = false
    consumer.on('consumer:group:join', (joined) => {
      if (isIn && this.#consumer === consumer) this.#joined(joined)
    })
    try {
      await consumer.joinGroup({})
      isIn = true
      this.#consumer = consumer
      const { memberId, generationId, assignments } = consumer
      this.#joined({ groupId: this.#group, memberId: memberId ?? '', generationId, assignments: assignments ?? [] })
      return true
    } catch (error) {
      // A group that waits for a dead member answers later than the driver is patient.
      this.#memberId = consumer.memberId ?? ''
      this.#host.failed(unavailable(messageOf(error), error))
      drop(consumer)
      return false
    }
  }

  #joined({ memberId, generationId = -1, assignments = [] }: ConsumerGroupJoinPayload): void {
    const isNext = memberId === this.#memberId && generationId === this.#generation + 1
    this.#memberId = memberId
    this.#generation = generationId
    const partitions = assignments.flatMap((part) => part.partitions.map((partition) => ({ ...part, partition })))
    this.#host.assigned(partitions, isNext)
  }

  async #leave(): Promise<void> {
    const consumer = this.#consumer
    this.#consumer = undefined
    this.#memberId = ''
    this.#host.left()
    if (consumer !== undefined) await closed(consumer.close(true))
  }

  /** It was not in when it was wanted no more, but the group may know it. */
  async #withdraw(): Promise<void> {
    const memberId = this.#memberId
    this.#memberId = ''
    this.#host.left()
    await this.#cluster.expel(this.#group, memberId).catch(() => undefined) // it is not missed for longer than a lease
  }

  /** The driver has given up: another client of it goes on as the same member. */
  #restart(consumer: Consumer, error: unknown): void {
    if (this.#consumer !== consumer) return
    this.#rejoin()
    this.#host.failed(error)
  }

  #rejoin(): void {
    const consumer = this.#consumer
    if (consumer === undefined) return
    this.#consumer = undefined
    this.#host.rebalancing()
    drop(consumer)
    void this.#adjust()
  }

  /** Another broker looks after the group; the driver would ask the same one for ever. */
  async #hasMoved(consumer: Consumer): Promise<boolean> {
    const node = await this.#cluster.coordinator(this.#group).catch(() => consumer.coordinatorId)
    return node !== consumer.coordinatorId
  }
}

/** Closes a client without leaving the group. */
function drop(consumer: Consumer): void {
  consumer.memberId = null
  void closed(consumer.close(true))
}
