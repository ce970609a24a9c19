import type { PeekedMessage, Queue } from 'forebay/queue'
import { reasonOf } from '../wire/queue-view.ts'
import type { DeadLetterView, QueueList, QueueView } from '../wire/queue-view.ts'

/** How many dead letters to put back, and which. */
export interface RedriveOrder {
  readonly max?: number
  /** Those whose last attempt failed so. */
  readonly reason?: string
}

const shownLetters = 50
const previewLength = 200
const shownHeaders = 20
/** A larger body is not even written out for its first characters. */
const mostPreviewed = 65_536
/** Put back in one order, unless it says less. */
const mostPutBack = 100_000

/** The queues that a console shows, and the orders to put dead letters back, one at a time for each queue. */
export class Queues {
  readonly #opened: () => readonly Queue<unknown>[]
  readonly #running = new Map<string, AbortController>() // bounded by the queues
  readonly #errors = new Map<string, string>() // bounded by the queues: pruned to those that are open

  constructor(opened: () => readonly Queue<unknown>[]) {
    this.#opened = opened
  }

  list(mayWrite: boolean): QueueList {
    const queues = this.#opened()
    for (const name of this.#errors.keys()) if (queues.every((queue) => queue.name !== name)) this.#errors.delete(name)
    return { mayWrite, queues: queues.map((queue) => this.#view(queue)) }
  }

  find(name: string): Queue<unknown> | undefined {
    return this.#opened().find((queue) => queue.name === name)
  }

  /** The oldest dead letters, fifty at most. */
  async dead(queue: Queue<unknown>): Promise<DeadLetterView[]> {
    return (await queue.peek(shownLetters, 'dead')).map(letterView)
  }

  /** Begins to put dead letters back, and does not wait for it; false while an order for the same queue runs. */
  redrive(queue: Queue<unknown>, { max = mostPutBack, reason }: RedriveOrder): boolean {
    const { name } = queue
    if (this.#running.has(name)) return false
    const abort = new AbortController()
    this.#running.set(name, abort)
    this.#errors.delete(name)
    queue
      .redrive({
        max,
        signal: abort.signal,
        ...(reason !== undefined && { filter: (letter) => reasonOf(letter) === reason }),
      })
      .catch((error: unknown) => {
        if (!abort.signal.aborted) this.#errors.set(name, error instanceof Error ? error.message : String(error))
      })
      .finally(() => this.#running.delete(name))
    return true
  }

  /** What has gone back has gone back; the rest stays. */
  close(): void {
    for (const abort of this.#running.values()) abort.abort()
  }

  #view(queue: Queue<unknown>): QueueView {
    const { name, maxItems, maxBytes } = queue
    const redriveError = this.#errors.get(name)
    return {
      name,
      maxItems,
      maxBytes,
      stats: queue.stats(),
      isRedriving: this.#running.has(name),
      ...(redriveError !== undefined && { redriveError }),
    }
  }
}

function letterView({
  id,
  attempts,
  enqueuedAt,
  bytes,
  headers,
  history,
  body,
}: PeekedMessage<unknown>): DeadLetterView {
  const shown = Object.entries(headers)
    .slice(0, shownHeaders)
    .map(([name, value]) => [cut(name), cut(value)] as const)
  return { id, attempts, enqueuedAt, bytes, headers: Object.fromEntries(shown), history, preview: preview(body, bytes) }
}

function preview(body: unknown, bytes: number): string {
  if (body === undefined) return 'it does not decode'
  if (ArrayBuffer.isView(body) || bytes > mostPreviewed) return `${bytes} bytes`
  try {
    const text = JSON.stringify(body) as string | undefined // a function or a symbol is none
    return text === undefined ? 'it cannot be written as JSON' : cut(text)
  } catch {
    return 'it cannot be written as JSON'
  }
}

function cut(text: string): string {
  return text.length > previewLength ? `${text.slice(0, previewLength - 1)}…` : text
}

/** What a request asks for; a text says what is wrong with it. */
export function redriveOrder(input: unknown): RedriveOrder | string {
  if (input === undefined) return {}
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return 'expected { max?, reason? }'
  const { max, reason } = input as { max?: unknown; reason?: unknown }
  if (max !== undefined && !(Number.isInteger(max) && (max as number) >= 1 && (max as number) <= mostPutBack)) {
    return `max: expected a whole number from 1 to ${mostPutBack}`
  }
  if (reason !== undefined && (typeof reason !== 'string' || reason.length > 500)) {
    return 'reason: expected a text of 500 characters at most'
  }
  return { ...(max !== undefined && { max: max as number }), ...(reason !== undefined && { reason: reason as string }) }
}
