import { checkFunction, checkInteger, checkOneOf, show } from '../../kernel/check.ts'
import { settle, type Context } from '../../kernel/context.ts'
import { milliseconds, type Duration } from '../../kernel/duration.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { Graft } from '../../kernel/plan.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { innerNode } from '../flatten/inner-flow.ts'
import { InnerFlows } from '../flatten/inner-flows.ts'
import type { Flow } from '../flow.ts'
import { junction } from '../junction.ts'
import { GroupLengths } from './group-lengths.ts'
import { Substream, type SubstreamHost } from './substream.ts'

/** By what a flow is parted, and how much of it may be held. */
export interface GroupByOptions<T, K> {
  key: (value: T) => K
  /** Groups that may be open at once, at most 65,536. It has no default. */
  groups: number
  /** Items that each group may hold; default 16. */
  items?: number
  /** Time without an item after which a group that holds nothing is completed, ms or with a unit; default never. */
  idle?: Duration
  /** What an item gets that would open one group too many: 'fail' (default) fails the flow with `FOREBAY_OVERFLOW`, 'drop-newest' drops it. */
  overflow?: 'fail' | 'drop-newest'
  name?: string
}

/** Items that may be on their way. */
const SLICE = 64

/** Turns that the groups have before there is one too many: one to read an item, one to hand on what it was made into. */
const TURNS = 3

/**
 * Parts a flow by key: `body` is called with the flow of each group, and what it returns for all of them is merged
 * fairly. Every group is read from its first item on, so there is no number of groups at which it locks up.
 *
 * Emits: when the flow of a group does, from each in turn. Backpressures: when a group is full, as it is when downstream
 * wants nothing; until then the other groups go on. Completes: when upstream has and the flow of every group has ended.
 * Cancels: when downstream cancels; the flows of all groups get the reason. Loses: what a group holds when its flow
 * wants no more, with the reason `group-closed`; with `overflow: 'drop-newest'` an item for one group too many.
 *
 * A group is over when its flow has ended or when it was idle, and its place is free once its flow has ended; a later
 * item of its key opens it anew. An item for one group too many waits until the groups have had their turn with what
 * came before it, since that may be the last of one of them. A failure of one group fails the flow when what all groups held has flowed out. The
 * stage of a group is called by its key.
 *
 * @example
 * flow(events).via(groupBy({ key: (e) => e.user, groups: 1000, idle: '5m' }, (group, user) => group.via(count())))
 */
export function groupBy<T, K, U>(
  options: GroupByOptions<T, K>,
  body: (group: Flow<T>, key: K) => Flow<U>,
): (flow: Flow<T>) => Flow<U> {
  const { groups, items = 16, idle, overflow = 'fail', name = 'groupBy' } = options
  const key = checkFunction('key', options.key)
  checkFunction('groupBy', body)
  checkInteger('groups', groups, 1, 65_536)
  checkInteger('items', items, 1, 65_536)
  checkOneOf('overflow', overflow, ['fail', 'drop-newest'])
  const idleMs = idle === undefined ? undefined : milliseconds('idle', idle)
  const settings: Settings = { key, body, groups, items, idleMs, drops: overflow === 'drop-newest' }
  return junction<T, U>(
    'groupBy',
    {
      cardinality: 'many',
      bound: groups * (items + 1) + 1,
      inner: groups,
      name,
      ...(settings.drops && { loses: 'items for one group too many' }),
    },
    (env, stage, graft) => new GroupBy(settings, graft, env, stage),
  )
}

interface Settings {
  readonly key: (value: any) => any
  readonly body: (group: Flow<any>, key: any) => unknown
  readonly groups: number
  readonly items: number
  readonly idleMs: number | undefined
  readonly drops: boolean
}

class Group extends Substream {
  readonly key: unknown
  /** Its length, as far as it is counted among those of all groups. */
  counted = 0
  /** When its last item came, or when it became empty. */
  usedAt = 0

  constructor(key: unknown, items: number, host: GroupBy) {
    super(`${host.stage.name} ${show(key).slice(0, 40)}`, items, 'group-closed', host)
    this.key = key
  }
}

/**
 * next ─▶ groups[key] [ ≤ items ] ─▶ body ─▶ [ ≤ 1 ] ─┐
 *         groups[key] [ ≤ items ] ─▶ body ─▶ [ ≤ 1 ] ─┴▶ out, in turn
 *
 * Invariant: credit above ≤ the room of the group that holds most.
 */
class GroupBy extends InnerFlows implements SubstreamHost {
  readonly #settings: Settings
  /** Those that take items. */
  readonly #groups = new Map<unknown, Group>()
  readonly #lengths: GroupLengths
  #isAlarmSet = false
  /** An item for one group too many, while the groups have their turn. */
  #extra:
    | { readonly key: unknown; readonly value: unknown; readonly context: Context | undefined; turns: number }
    | undefined

  constructor(settings: Settings, graft: Graft, env: RunEnvironment, stage: StageAccount) {
    super({ ahead: 1, exact: false, graft }, env, stage)
    this.#settings = settings
    this.#lengths = new GroupLengths(settings.items)
  }

  protected take(value: unknown, context: Context | undefined): void {
    const key = this.#settings.key(value)
    let group = this.#groups.get(key)
    if (group === undefined) {
      if (this.inners.size >= this.#settings.groups) {
        this.#extra = { key, value, context, turns: TURNS }
        this.port.wake()
        return
      }
      group = this.#start(key)
    }
    this.#put(group, value, context)
  }

  override run(port: Port): void {
    super.run(port)
    const extra = this.#extra
    if (extra === undefined || this.isOver) return
    if (this.inners.size >= this.#settings.groups && --extra.turns > 0) return port.wake()
    this.#extra = undefined
    this.#takeExtra(extra.key, extra.value, extra.context)
    if (this.end !== undefined) this.flush()
    this.changed()
  }

  protected room(): number {
    return this.#extra === undefined ? Math.min(SLICE, this.#settings.items - this.#lengths.longest) : 0
  }

  protected override held(): number {
    return super.held() + (this.#extra === undefined ? 0 : 1)
  }

  protected override isDry(): boolean {
    return super.isDry() && this.#extra === undefined
  }

  protected override abandon(reason: 'cancelled' | 'failed', cause: unknown): void {
    super.abandon(reason, cause)
    if (this.#extra !== undefined) this.lose(this.#extra.context, reason, 'returned')
    this.#extra = undefined
  }

  /** All groups end as the input did, when every item of it is in one. */
  protected override flush(): void {
    if (this.#extra !== undefined) return
    this.clearAlarm()
    const failure = this.end?.failed === true ? { error: this.end.error } : undefined
    for (const group of this.#groups.values()) group.end(failure)
  }

  protected override rang(): void {
    this.#isAlarmSet = false
    const idleMs = this.#settings.idleMs as number
    const now = this.env.clock.now()
    let next = Infinity
    for (const group of this.#groups.values()) {
      if (group.length > 0) continue
      const left = group.usedAt + idleMs - now
      if (left <= 0) group.end(undefined)
      else next = Math.min(next, left)
    }
    if (next !== Infinity) this.#wakeIn(next)
  }

  substreamChanged(group: Group): void {
    if (this.#settings.idleMs !== undefined && group.length === 0 && !this.isOver) this.#used(group)
    if (this.#lengths.count(group, group.length)) this.changed()
  }

  substreamClosed(group: Group): void {
    if (this.#groups.get(group.key) === group) this.#groups.delete(group.key)
    if (this.#lengths.count(group, 0)) this.changed()
  }

  #put(group: Group, value: unknown, context: Context | undefined): void {
    group.put(value, context)
    if (group.isOpen) this.#lengths.count(group, group.length)
    if (this.#settings.idleMs !== undefined) this.#used(group)
  }

  /** The groups have had their turn: a place is free by now, or there is one group too many. */
  #takeExtra(key: unknown, value: unknown, context: Context | undefined): void {
    const { groups, drops } = this.#settings
    try {
      if (this.inners.size >= groups) {
        if (drops) return this.lose(context, 'drop-newest')
        throw new ForebayError('FOREBAY_OVERFLOW', `${this.stage.name}: more than ${groups} groups`)
      }
      this.#put(this.#groups.get(key) ?? this.#start(key), value, context)
    } catch (error) {
      this.stage.failed++
      settle(context, 'failed', error)
      this.failBehind(error)
    }
  }

  #start(key: unknown): Group {
    const { body, items } = this.#settings
    const group = new Group(key, items, this)
    const inner = this.start(innerNode(this.stage.name, body(group.flow, key)), undefined)
    if (!group.isUsed) {
      const error = new TypeError(`${this.stage.name}: expected a flow that is made of the group`)
      this.cut(inner, 'failed', error, true)
      throw error
    }
    this.#groups.set(key, group)
    return group
  }

  #used(group: Group): void {
    group.usedAt = this.env.clock.now()
    if (!this.#isAlarmSet) this.#wakeIn(this.#settings.idleMs as number)
  }

  #wakeIn(ms: number): void {
    if (this.end !== undefined) return
    this.#isAlarmSet = true
    this.setAlarm(ms)
  }
}
