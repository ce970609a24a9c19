import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'

export interface ServerEvent {
  readonly event: string
  readonly id: string | undefined
  readonly data: unknown
}

/** A client of the event stream, over a real socket. */
export class SseClient {
  readonly response: IncomingMessage
  readonly events: ServerEvent[] = []
  pings = 0
  #rest = ''
  readonly #waiting = new Set<() => void>()

  private constructor(response: IncomingMessage) {
    this.response = response
    response.setEncoding('utf8')
    response.on('data', (text: string) => this.#read(text))
    response.on('error', () => undefined)
  }

  static open(url: string, headers: Record<string, string> = {}): Promise<SseClient> {
    return new Promise((resolve, reject) => {
      const outgoing = request(url, { headers, agent: false }, (response) => resolve(new SseClient(response)))
      outgoing.on('error', reject)
      outgoing.end()
    })
  }

  of(event: string): ServerEvent[] {
    return this.events.filter((candidate) => candidate.event === event)
  }

  /** Resolves once `met` holds; the test's own time limit is the bound. */
  until(met: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!met()) return
        this.#waiting.delete(check)
        resolve()
      }
      this.#waiting.add(check)
      check()
    })
  }

  close(): void {
    this.response.destroy()
  }

  #read(text: string): void {
    const blocks = (this.#rest + text).split('\n\n')
    this.#rest = blocks.pop() ?? ''
    for (const block of blocks) {
      if (block.startsWith(': ping')) this.pings++
      const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
      const event = field('event')
      if (event !== undefined) this.events.push({ event, id: field('id'), data: JSON.parse(field('data') ?? 'null') })
    }
    for (const check of this.#waiting) check()
  }
}
