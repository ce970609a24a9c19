import type { Parcel } from '../../src/kafka/message-format.ts'

/** For tests: what a broker stores of what producers send to it, and refuses of it. */
export class TopicOfTests {
  /** What is stored, in order. */
  readonly stored: Parcel[] = []
  /** Bytes that one body may have. */
  limit: number
  /** Where that is another one: by topic. */
  readonly limits: Map<string, number> = new Map()
  /** What the broker says that its limit is. */
  told: number | undefined
  /** The broker does not answer this call, counted from 1. */
  failsAt = 0
  calls = 0

  constructor(limit: number, told?: number) {
    this.limit = limit
    this.told = told
  }

  get ids(): string[] {
    return this.stored.map(idOf)
  }

  /** As much of a cluster as producers need. */
  get cluster(): object {
    return { driver: this.driver, client: () => ({}) }
  }

  get driver(): { Producer: unknown } {
    const send = (messages: readonly Parcel[]): void => this.#send(messages)
    class Producer {
      on(): void {}

      async send({ messages }: { messages: readonly Parcel[] }): Promise<void> {
        send(messages)
      }

      async close(): Promise<void> {}
    }
    return { Producer }
  }

  #send(messages: readonly Parcel[]): void {
    if (++this.calls === this.failsAt) throw new Error('no answer')
    if (messages.some(({ topic, value }) => (value?.length ?? 0) > (this.limits.get(topic) ?? this.limit)))
      throw Object.assign(new Error('too large'), { apiId: 'MESSAGE_TOO_LARGE' })
    this.stored.push(...messages)
  }
}

function idOf({ headers }: Parcel): string {
  for (const [name, value] of headers as Map<Buffer, Buffer>) if (String(name) === 'forebay-id') return String(value)
  return ''
}
