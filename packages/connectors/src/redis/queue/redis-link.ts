import { isForebayError, type ForebayError } from 'forebay'
import type {
  BrokerLink,
  Depth,
  Held,
  LinkEvents,
  MessageState,
  Outgoing,
  PutStatus,
  Settings,
  Settlement,
  StoredMessage,
  StoreReport,
} from 'forebay/queue'
import { AskingTaker, type Taken } from '../../asking-taker.ts'
import type { Argument, RedisConnection } from './redis-connection.ts'
import { corrupt, ENTRY_PARTS, putArguments, storedMessage } from './redis-entry.ts'
import type { QueueScriptName } from './queue-scripts.ts'

const STATUSES: Readonly<Record<string, PutStatus>> = { s: 'stored', u: 'duplicate', d: 'dropped', f: 'full' }
const DROPS: Readonly<Record<string, string>> = { 'drop-oldest': 'oldest', 'drop-lowest': 'lowest' }
const REASON = 500
/** Bytes of messages after which an answer is long enough. */
const ANSWER_BYTES = 8 * 1024 * 1024

/** What a settlement needs to find its message. */
interface Tag {
  readonly seq: string
  readonly owner: string
  readonly lane: string
}

/** One queue in Redis, as one client sees it: every call is one script that runs there as a whole. */
export class RedisLink implements BrokerLink {
  readonly #connection: RedisConnection
  readonly #prefix: string
  readonly #settings: Settings<unknown>
  readonly #events: LinkEvents
  readonly #client: string
  readonly #taker: AskingTaker
  readonly #onClosed: () => void
  /** What is with this client; bounded by what its queue wants. */
  readonly #held = new Set<Held>()
  /** The number of the next call, and of those that are under way, so that a repetition is known for one. */
  #calls = 0
  #put: { items: unknown; call: number } | undefined
  #settle: { items: unknown; call: number } | undefined
  #cancelProbe: (() => void) | undefined
  /** As many as our calls had found gone when the server was asked last. */
  #lost: number | undefined
  readonly #report: (report: StoreReport) => void

  constructor(options: {
    connection: RedisConnection
    prefix: string
    client: string
    settings: Settings<unknown>
    events: LinkEvents
    report: (report: StoreReport) => void
    onClosed: () => void
  }) {
    const { settings, events } = options
    this.#connection = options.connection
    this.#prefix = options.prefix
    this.#client = options.client
    this.#settings = settings
    this.#events = events
    this.#onClosed = options.onClosed
    this.#report = options.report
    this.#taker = new AskingTaker({ clock: settings.clock, events, take: (most) => this.#take(most) })
  }

  async put(items: readonly Outgoing[]): Promise<readonly PutStatus[]> {
    const { maxItems, maxBytes, overflow, dedupe } = this.#settings
    this.#put = this.#put?.items === items ? this.#put : { items, call: ++this.#calls }
    const values: Argument[] = [this.#client, this.#put.call, maxItems, maxBytes, overflow]
    values.push(dedupe?.withinMs ?? 0, dedupe?.max ?? 0)
    for (const item of items) values.push(...putArguments(item))
    const reply = await this.#run('put', values).catch((error: unknown) => {
      if (isRefused(error)) this.#refused(error)
      throw error
    })
    const [letters, dropped] = reply as [Buffer, Buffer[]]
    if (dropped.length > 0) this.#events.dropped(DROPS[overflow] ?? overflow, dropped.length, dropped.map(String))
    return Array.from(String(letters), (letter) => STATUSES[letter] ?? 'full')
  }

  want(now: number, _window: number): void {
    this.#taker.want(now)
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly boolean[]> {
    this.#settle = this.#settle?.items === settlements ? this.#settle : { items: settlements, call: ++this.#calls }
    const values: Argument[] = [this.#client, this.#settle.call, this.#settings.maxAttempts]
    for (const settlement of settlements) {
      const { stored, tag } = settlement.held
      const { seq, owner, lane } = tag as Tag
      const delay = settlement.how === 'retry' ? settlement.delayMs : 0
      const reason = settlement.how === 'retry' || settlement.how === 'dead' ? settlement.reason.slice(0, REASON) : ''
      values.push(`${seq} ${owner} ${lane} ${stored.bytes} ${settlement.how} ${delay}`, stored.key ?? '', reason)
    }
    const reply = await this.#run('settle', values).catch((error: unknown) => {
      // Refused alone it is lost: the server gives it again when its lease ends.
      if (settlements.length === 1 && isForebayError(error) && !error.retryable) this.#ended(settlements)
      throw error
    })
    this.#ended(settlements)
    return digits(reply)
  }

  async extend(messages: readonly Held[], ms: number): Promise<readonly boolean[]> {
    const owned = messages.flatMap(({ tag }) => [(tag as Tag).seq, (tag as Tag).owner])
    const isHeld = digits(await this.#run('extend', [Math.ceil(ms), ...owned]))
    messages.forEach((held, index) => isHeld[index] === true || this.#held.delete(held))
    return isHeld
  }

  async depth(): Promise<Depth> {
    const reply = await this.#run('depth', [this.#client])
    const told = (reply as unknown[]).map(Number)
    const [ready = 0, leased = 0, delayed = 0, dead = 0, bytes = 0, oldestMs = 0, lost = 0] = told
    this.#missed(lost)
    return { ready, leased, delayed, dead, bytes, oldestMs }
  }

  async peek(max: number, state: MessageState): Promise<readonly StoredMessage[]> {
    const found: StoredMessage[] = []
    for await (const message of this.#visit(state, max)) {
      found.push(message)
      if (found.length === max) break
    }
    return state === 'leased' ? found.toSorted((a, b) => a.seq - b.seq) : found
  }

  async redrive(max: number, accept: (message: StoredMessage) => boolean): Promise<number> {
    const chosen: string[] = []
    for await (const message of this.#visit('dead', 50)) {
      if (chosen.length < max && accept(message)) chosen.push(String(message.seq))
      if (chosen.length === max) break
    }
    return chosen.length === 0 ? 0 : Number(await this.#run('redrive', [this.#client, ...chosen]))
  }

  async purge(state: 'ready' | 'dead'): Promise<number> {
    let count = 0
    for (;;) {
      const removed = Number(await this.#run('purge', [state, this.#client]))
      if (removed === 0) return count
      count += removed
    }
  }

  async close(): Promise<void> {
    this.#cancelProbe?.()
    await this.#taker.close()
    // Everything is settled by now but what came in an answer that was on its way.
    if (!this.#connection.isAway) await this.#run('reclaim', [this.#client]).catch(() => undefined)
    await this.#connection.deafen(this.#prefix)
    this.#onClosed()
  }

  /** The connection broke. */
  away(error: unknown): void {
    this.#taker.pause()
    this.#events.pause('broker', `redis is away: ${error instanceof Error ? error.message : 'the connection broke'}`)
  }

  /** It is back: what was leased to us in an answer that never came goes back first. */
  async back(): Promise<void> {
    const has = Array.from(this.#held, ({ tag }) => (tag as Tag).seq)
    try {
      await this.#run('reclaim', [this.#client, ...has])
    } catch {
      if (this.#connection.isAway) return // it broke again: `back` is called again
    }
    this.#events.resume()
    this.#taker.resume()
  }

  wake(what: string): void {
    if (what === 'room') this.#events.room()
    else this.#taker.wake()
  }

  async #take(most: number): Promise<Taken> {
    const { clock, maxAttempts, leaseMs } = this.#settings
    const call = ++this.#calls
    const deadline = clock.now() + leaseMs
    const reply = await this.#run('take', [this.#client, call, maxAttempts, most, Math.ceil(leaseMs), ANSWER_BYTES])
    const [due, expired, parts] = reply as [number, Buffer[], unknown[]]
    const messages: Held[] = []
    for (let at = 0; at < parts.length; at += ENTRY_PARTS) {
      const { lane, ...stored } = storedMessage(parts, at)
      const tag: Tag = { seq: String(stored.seq), owner: `${this.#client}:${call}`, lane }
      messages.push({ stored, tag, deadline, redelivered: String(parts[at + ENTRY_PARTS - 1]) !== '' })
    }
    for (const held of messages) this.#held.add(held)
    return { messages, expired: expired.map(String), dueMs: due < 0 ? Infinity : due }
  }

  #run(script: QueueScriptName, values: readonly Argument[]): Promise<unknown> {
    return this.#connection.run(script, this.#prefix, values)
  }

  async *#visit(state: MessageState, step: number): AsyncGenerator<StoredMessage> {
    let from = 0
    while (from >= 0) {
      const reply = await this.#run('peek', [state, Math.min(step, 1000), from])
      const [next, parts] = reply as [Buffer, unknown[]]
      for (let at = 0; at < parts.length; at += ENTRY_PARTS) yield storedMessage(parts, at)
      from = Number(String(next))
    }
  }

  #ended(settlements: readonly Settlement[]): void {
    for (const { held } of settlements) this.#held.delete(held)
  }

  /** Messages that somebody removed by hand are counted, by the client whose call has found it out. */
  #missed(lost: number): void {
    const more = lost - (this.#lost ?? lost)
    this.#lost = lost
    if (more <= 0) return
    this.#events.dropped('lost', more)
    this.#report({
      kind: 'lost-message',
      message: `${more} messages of ${this.#settings.name} vanished from its stream`,
    })
  }

  /** Out of memory, or of disk: nothing is put until it has been tried again; consumers make the room. */
  #refused(error: ForebayError): void {
    this.#events.pause('disk', error.message)
    this.#cancelProbe ??= this.#settings.clock.after(250 + 500 * this.#settings.random.next(), () => {
      this.#cancelProbe = undefined
      if (!this.#connection.isAway) this.#events.resume()
    })
  }
}

function digits(reply: unknown): boolean[] {
  if (!Buffer.isBuffer(reply)) throw corrupt(typeof reply)
  return Array.from(String(reply), (digit) => digit === '1')
}

function isRefused(error: unknown): error is ForebayError {
  return isForebayError(error) && /^redis: (OOM|MISCONF)\b/.test(error.message)
}
