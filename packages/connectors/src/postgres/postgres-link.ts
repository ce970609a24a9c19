import { isForebayError } from 'forebay'
import type {
  BrokerLink,
  Depth,
  Held,
  MessageState,
  Outgoing,
  PutStatus,
  Settlement,
  StoredMessage,
} from 'forebay/queue'
import { AskingLink, type AskingLinkOptions } from '../asking-link.ts'
import type { Taken } from '../asking-taker.ts'
import { CallNumbers } from '../call-numbers.ts'
import type { PostgresConnection } from './postgres-connection.ts'
import { failureOf } from './postgres-failure.ts'
import { endParameters, heldMessage, putParameters, type MessageRow } from './postgres-message.ts'
import { readPage, STATES } from './postgres-page.ts'
import { fromText } from './postgres-text.ts'

const STATUSES: Readonly<Record<string, PutStatus>> = { s: 'stored', u: 'duplicate', d: 'dropped', f: 'full' }
/** Bytes of bodies in one answer; one message may go over. */
const TAKE_BYTES = 8 * 1024 * 1024
const PAGE = 50
const PUT = 'select * from @.put($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)'

interface PutAnswer {
  readonly answer: string | null
  readonly gone: string
}

/** One queue in PostgreSQL, as one client sees it: every call is one function that runs there as a transaction. */
export class PostgresLink extends AskingLink<PostgresConnection> implements BrokerLink {
  readonly #queue: number
  readonly #client: string
  /** What is with this client; bounded by what its queue wants. */
  readonly #held = new Set<Held>()
  readonly #calls = new CallNumbers()
  #within = 0
  /** The last take that was answered. */
  #heard = 0

  constructor(options: AskingLinkOptions<PostgresConnection> & { queue: number; client: string }) {
    super(options)
    this.#queue = options.queue
    this.#client = options.client
  }

  async put(items: readonly Outgoing[]): Promise<readonly PutStatus[]> {
    const call = this.#calls.ofPut(items)
    const [meta, bodies] = putParameters(items)
    let answer: PutAnswer | undefined
    // It says nothing when there was less room than it seemed: then it has to be alone.
    for (const alone of [false, true]) {
      if (typeof answer?.answer === 'string') break
      answer = await this.#putOnce(call, meta, bodies, alone)
    }
    const statuses = this.#statuses(answer as PutAnswer)
    if (statuses.includes('stored')) this.taker.wake()
    return statuses
  }

  /** Puts within a transaction of the caller's own connection: stored when that commits. */
  async putWithin(transaction: unknown, items: readonly Outgoing[]): Promise<readonly PutStatus[]> {
    const client = transaction as { query(statement: object): Promise<{ rows: PutAnswer[] }> }
    if (typeof client?.query !== 'function')
      throw new TypeError('transaction: expected a client of pg that has begun a transaction')
    const name = `tx:${this.#client}:${this.#calls.next()}`
    const values = this.#putValues(name, 0, putParameters(items), { isAlone: false, isInside: true })
    try {
      const { rows } = await client.query(this.connection.statement(PUT, values))
      if (++this.#within % 64 === 0) await this.#fold()
      return this.#statuses(rows[0] as PutAnswer)
    } catch (error) {
      throw isForebayError(error) ? error : failureOf(error).error
    }
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly boolean[]> {
    const call = this.#calls.ofSettle(settlements)
    const isNews = settlements.some(({ held, how }) => how !== 'ack' || held.stored.key !== undefined)
    const ends = JSON.stringify(settlements.map(endParameters))
    const values = [this.#queue, this.#client, call, ends]
    let isOver = true
    try {
      const [row] = await this.connection.query<{ answer: string }>('select * from @.settle($1, $2, $3, $4)', values)
      if (isNews) this.taker.wake()
      return Array.from(row?.answer ?? '', (digit) => digit === '1')
    } catch (error) {
      isOver = !isForebayError(error) || !error.retryable
      throw error
    } finally {
      if (isOver) for (const { held } of settlements) this.#held.delete(held)
    }
  }

  async extend(messages: readonly Held[], ms: number): Promise<readonly boolean[]> {
    const leases = JSON.stringify(messages.map(({ stored, tag }) => ({ s: stored.seq, o: tag })))
    const values = [this.#queue, leases, Math.ceil(ms)]
    const rows = await this.connection.query<{ seq: number }>('select * from @.extend($1, $2, $3)', values)
    const extended = new Set(rows.map(({ seq }) => seq))
    for (const held of messages) if (!extended.has(held.stored.seq)) this.#held.delete(held)
    return messages.map(({ stored }) => extended.has(stored.seq))
  }

  async depth(): Promise<Depth> {
    const [row] = await this.connection.query<Record<string, number>>('select * from @.depth($1)', [this.#queue])
    const { items = 0, bytes = 0, leased = 0, delayed = 0, dead = 0, oldest = 0 } = row ?? {}
    const { maxItems, maxBytes, overflow } = this.settings
    if (overflow === 'backpressure' && (items >= maxItems || bytes >= maxBytes)) await this.#waitForRoom()
    return { ready: items - leased - delayed - dead, leased, delayed, dead, bytes, oldestMs: oldest }
  }

  peek(max: number, state: MessageState): Promise<readonly StoredMessage[]> {
    return readPage(this.connection, this.#queue, { state, max })
  }

  async redrive(max: number, accept: (message: StoredMessage) => boolean): Promise<number> {
    const chosen: number[] = []
    for (let from = 0, isMore = true; isMore && chosen.length < max;) {
      const page = await readPage(this.connection, this.#queue, { state: 'dead', max: PAGE, after: from })
      for (const message of page) if (chosen.length < max && accept(message)) chosen.push(message.seq)
      isMore = page.length === PAGE
      from = page.at(-1)?.seq ?? 0
    }
    if (chosen.length === 0) return 0
    const [row] = await this.connection.query<{ redrive: number }>('select @.redrive($1, $2, $3)', [
      this.#queue,
      this.#client,
      chosen,
    ])
    this.taker.wake()
    return row?.redrive ?? 0
  }

  async purge(state: 'ready' | 'dead'): Promise<number> {
    const states = state === 'dead' ? [STATES.dead] : [STATES.ready, STATES.delayed]
    let count = 0
    for (;;) {
      const values = [this.#queue, this.#client, states]
      const [row] = await this.connection.query<{ purge: number }>('select @.purge($1, $2, $3)', values)
      const removed = row?.purge ?? 0
      if (removed === 0) return count
      count += removed
    }
  }

  /** What was leased to us in an answer that never came goes back first; what it said was dropped is told. */
  protected async mend(): Promise<void> {
    const has = Array.from(this.#held, ({ stored }) => stored.seq)
    await this.connection.query('select @.reclaim($1, $2, $3)', [this.#queue, this.#client, has])
    await this.#tellExpired()
  }

  /** Nobody will repeat a call of this client: its rows become one with those of others. */
  protected leave(): Promise<void> {
    return this.#fold().catch(() => undefined)
  }

  protected async take(most: number): Promise<Taken> {
    const { clock, leaseMs, maxAttempts } = this.settings
    const call = this.#calls.next()
    const asked = clock.now()
    const lease = Math.ceil(leaseMs)
    const rows = await this.connection.query<MessageRow>('select * from @.take($1, $2, $3, $4, $5, $6, $7)', [
      this.#queue,
      this.#client,
      call,
      most,
      lease,
      maxAttempts,
      TAKE_BYTES,
    ])
    const { id: expired, enqueued: dueMs } = rows.pop() as MessageRow
    rows.sort((a, b) => a.level - b.level || a.seq - b.seq)
    const messages = rows.map((row) => heldMessage(row, `${this.#client}:${call}`, asked + lease))
    for (const held of messages) this.#held.add(held)
    this.#heard = call
    return { messages, expired: (JSON.parse(expired) as string[]).map(fromText), dueMs: dueMs < 0 ? Infinity : dueMs }
  }

  async #putOnce(call: number, meta: string, bodies: Buffer, isAlone: boolean): Promise<PutAnswer> {
    const values = this.#putValues(this.#client, call, [meta, bodies], { isAlone, isInside: false })
    try {
      const [row] = await this.connection.query<PutAnswer>(PUT, values)
      return row as PutAnswer
    } catch (error) {
      if (isForebayError(error) && failureOf(error.cause).kind === 'disk') this.refused('disk', error)
      throw error
    }
  }

  #putValues(
    client: string,
    call: number,
    [meta, bodies]: [string, Buffer],
    { isAlone, isInside }: { isAlone: boolean; isInside: boolean },
  ): unknown[] {
    const { maxItems, maxBytes, overflow, dedupe } = this.settings
    const ids = [Math.ceil(dedupe?.withinMs ?? 0), dedupe?.max ?? 0]
    const bounds = [maxItems, maxBytes, overflow]
    return [this.#queue, client, call, ...bounds, ...ids, meta, bodies, isAlone, isInside]
  }

  #statuses({ answer, gone }: PutAnswer): PutStatus[] {
    const drops = JSON.parse(gone) as [reason: string, ids: string[]][]
    for (const [reason, ids] of drops) this.#dropped(reason, ids)
    return Array.from(answer ?? '', (letter) => STATUSES[letter] ?? 'full')
  }

  #dropped(reason: string, ids: readonly string[]): void {
    this.events.dropped(reason, ids.length, ids.map(fromText))
  }

  /** What a take found too old whose answer never came. */
  async #tellExpired(): Promise<void> {
    const text = 'select call, gone from @.account where queue = $1 and client = $2 and kind = 1 and call > $3'
    const values = [this.#queue, this.#client, this.#heard]
    for (const { call, gone } of await this.connection.query<{ call: number; gone: string }>(text, values)) {
      this.#heard = call
      this.#dropped('expired', JSON.parse(gone) as string[])
    }
  }

  /** Asks to be told when somebody else makes room. */
  async #waitForRoom(): Promise<void> {
    const text =
      'update @.account set waits = @.ms() + 5000 where queue = $1 and client = $2 and kind = 0 and waits < @.ms() + 2500'
    await this.connection.query(text, [this.#queue, this.#client])
  }

  async #fold(): Promise<void> {
    await this.connection.query('select @.fold($1, $2)', [this.#queue, this.#client])
  }
}
