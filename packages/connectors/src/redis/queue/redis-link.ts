import { isForebayError, type ForebayError } from 'forebay'
import type {
  BrokerLink,
  Depth,
  Held,
  MessageState,
  Outgoing,
  PutStatus,
  Settlement,
  StoredMessage,
  StoreReport,
} from 'forebay/queue'
import { AskingLink, type AskingLinkOptions } from '../../asking-link.ts'
import type { Taken } from '../../asking-taker.ts'
import { CallNumbers } from '../../call-numbers.ts'
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
export class RedisLink extends AskingLink<RedisConnection> implements BrokerLink {
  readonly #prefix: string
  readonly #client: string
  /** What is with this client; bounded by what its queue wants. */
  readonly #held = new Set<Held>()
  readonly #calls = new CallNumbers()
  /** As many as our calls had found gone when the server was asked last. */
  #lost: number | undefined
  readonly #report: (report: StoreReport) => void

  constructor(
    options: AskingLinkOptions<RedisConnection> & {
      prefix: string
      client: string
      report: (report: StoreReport) => void
    },
  ) {
    super(options)
    this.#prefix = options.prefix
    this.#client = options.client
    this.#report = options.report
  }

  async put(items: readonly Outgoing[]): Promise<readonly PutStatus[]> {
    const { maxItems, maxBytes, overflow, dedupe } = this.settings
    const values: Argument[] = [this.#client, this.#calls.ofPut(items), maxItems, maxBytes, overflow]
    values.push(dedupe?.withinMs ?? 0, dedupe?.max ?? 0)
    for (const item of items) values.push(...putArguments(item))
    const reply = await this.#run('put', values).catch((error: unknown) => {
      if (isRefused(error)) this.refused('disk', error)
      throw error
    })
    const [letters, dropped] = reply as [Buffer, Buffer[]]
    if (dropped.length > 0) this.events.dropped(DROPS[overflow] ?? overflow, dropped.length, dropped.map(String))
    return Array.from(String(letters), (letter) => STATUSES[letter] ?? 'full')
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly boolean[]> {
    const values: Argument[] = [this.#client, this.#calls.ofSettle(settlements), this.settings.maxAttempts]
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

  /** What was leased to us in an answer that never came goes back first. */
  protected mend(): Promise<unknown> {
    return this.#run('reclaim', [this.#client, ...Array.from(this.#held, ({ tag }) => (tag as Tag).seq)])
  }

  protected async leave(): Promise<void> {
    // Everything is settled by now but what came in an answer that was on its way.
    if (!this.connection.isAway) await this.#run('reclaim', [this.#client]).catch(() => undefined)
    await this.connection.deafen(this.#prefix)
  }

  protected async take(most: number): Promise<Taken> {
    const { clock, maxAttempts, leaseMs } = this.settings
    const call = this.#calls.next()
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
    return this.connection.run(script, this.#prefix, values)
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
    this.events.dropped('lost', more)
    this.#report({
      kind: 'lost-message',
      message: `${more} messages of ${this.settings.name} vanished from its stream`,
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
