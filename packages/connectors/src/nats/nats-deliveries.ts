import { isForebayError } from 'forebay'
import { afterFailure, type Held, type Settings, type StoredMessage } from 'forebay/queue'
import type { Msg, NatsConnection } from './nats-connection.ts'
import type { Fate, NatsFates } from './nats-fates.ts'
import type { NatsLeases, Tag } from './nats-lease.ts'
import { deliveryInfo, dueOf, storedMessage } from './nats-message.ts'
import { nanoseconds } from './nats-streams.ts'

const ACK = '+ACK'
/** A message that comes this much early is delivered, ms. */
const EARLY_MS = 3
/** Until it is tried again to note that a message was not due. */
const AGAIN_MS = 250

/** Deliveries as a queue gets them. */
interface Made {
  readonly messages: Held[]
  /** Ids of those that were too old. */
  readonly expired: string[]
  /** Those that are not due yet, by number, and in how many ms they are: the server offers them again then. */
  readonly later: (readonly [seq: number, ms: number])[]
}

interface Arrival {
  readonly held: Held
  /** Unix epoch, ms. */
  readonly due: number
}

/** Makes deliveries of what a pull brought: looks up what became of earlier ones, and drops what is too old. */
export class NatsDeliveries {
  readonly #connection: NatsConnection
  readonly #settings: Settings<unknown>
  readonly #fates: NatsFates
  readonly #leases: NatsLeases
  readonly #ackWaitMs: number

  constructor(options: {
    connection: NatsConnection
    settings: Settings<unknown>
    fates: NatsFates
    leases: NatsLeases
    ackWaitMs: number
  }) {
    this.#connection = options.connection
    this.#settings = options.settings
    this.#fates = options.fates
    this.#leases = options.leases
    this.#ackWaitMs = options.ackWaitMs
  }

  /** In the order they came. What nobody can read is given back to the server, which offers it again. */
  async made(messages: readonly Msg[]): Promise<Made> {
    const arrived = this.#settings.clock.now()
    const all: (Arrival | undefined)[] = []
    const lookedUp: Promise<void>[] = []
    for (const [place, message] of messages.entries()) {
      const one = this.#held(message, arrived)
      // Nothing is to be looked up of what comes for the first time, which is most.
      if (one instanceof Promise) lookedUp.push(one.then((known) => void (all[place] = known)))
      else all[place] = one
    }
    if (lookedUp.length > 0) await Promise.all(lookedUp)
    const expired: string[] = []
    const forgotten: Promise<void>[] = []
    const held: Held[] = []
    const later: [number, number][] = []
    for (const made of all) {
      if (made === undefined) continue
      const { held: one, due } = made
      const { expiresAt, id } = one.stored
      const tag = one.tag as Tag
      if (expiresAt > 0 && expiresAt <= this.#settings.clock.wall()) {
        if (tag.hasFate) forgotten.push(this.#fates.forget(tag.seq))
        this.#connection.publish(tag.reply, ACK)
        expired.push(id)
      } else if (due > this.#settings.clock.wall() + EARLY_MS) {
        const ms = due - this.#settings.clock.wall()
        later.push([tag.seq, ms])
        forgotten.push(this.#postpone(one, due))
      } else {
        this.#leases.add(tag, one)
        held.push(one)
      }
    }
    await Promise.allSettled(forgotten) // what is left is forgotten when the queue is empty, or offered again
    if (expired.length > 0) await this.#connection.api('INFO').catch(() => undefined) // they are gone by then
    return { messages: held, expired, later }
  }

  /**
   * Gives a message back until it is due; first it is noted that this was no attempt. That is tried until the server
   * offers the message again by itself.
   */
  async #postpone(held: Held, due: number): Promise<void> {
    const { reply, seq, deadline, serverEnd } = held.tag as Tag
    const { clock } = this.#settings
    try {
      await this.#fates.write(seq, { ...fateOf(held, undefined, 0), isUnseen: !held.redelivered })
    } catch (error) {
      const isOver = clock.now() + AGAIN_MS >= Math.min(deadline, serverEnd)
      if (!isOver && isForebayError(error) && error.retryable)
        clock.after(AGAIN_MS, () => void this.#postpone(held, due))
      return
    }
    const ms = Math.max(0, due - clock.wall())
    this.#connection.publish(reply, `-NAK ${JSON.stringify({ delay: nanoseconds(ms) })}`)
  }

  #held(message: Msg, arrived: number): Arrival | undefined | Promise<Arrival> {
    const info = deliveryInfo(message.reply ?? '')
    if (info === undefined) return undefined
    const { seq, count, at } = info
    const stored = storedMessage(message, seq, at)
    if (stored === undefined) return undefined
    const due = dueOf(message.headers, at)
    const { leaseMs, clock } = this.#settings
    const tag: Tag = {
      reply: message.reply as string,
      seq,
      count,
      hasFate: false,
      deadline: arrived + leaseMs,
      serverEnd: arrived + this.#ackWaitMs,
    }
    const { deadline } = tag
    if (count === 1) return { held: { stored, tag, redelivered: false, deadline }, due }
    const after = (fate: Fate | undefined | null): Arrival => {
      const known = { ...stored, failed: fate?.failed ?? stored.failed, history: fate?.history ?? stored.history }
      // What is not due yet no receiver has had, whether or not somebody could note it.
      const isEarly = due > clock.wall() + EARLY_MS
      const cut = isEarly ? 0 : count - 1 - (fate?.count ?? 0)
      const held = {
        stored: cutOff(known, cut, clock.wall()),
        tag: { ...tag, hasFate: fate !== undefined },
        redelivered: !isEarly && (cut > 0 || fate?.isUnseen !== true),
        deadline,
      }
      return { held, due }
    }
    return this.#fates.read(seq).then(after, () => after(null))
  }
}

/** The message after deliveries of which nobody told how they ended: their client died, or the answer never came. */
function cutOff(message: StoredMessage, times: number, at: number): StoredMessage {
  let told = message
  for (let i = 0; i < Math.min(times, 8); i++)
    told = afterFailure(told, told.failed + 1, at, 'the lease ended before the work did')
  return times > 8 ? { ...told, failed: message.failed + times } : told
}

/** What is known of a message after one more delivery of it. */
export function fateOf({ stored, tag }: Held, reason: string | undefined, at: number): Fate {
  const { count } = tag as Tag
  const { failed, history } = reason === undefined ? stored : afterFailure(stored, stored.failed + 1, at, reason)
  return { count, failed, ...(history !== undefined && { history }) }
}
