import type { ServerResponse } from 'node:http'
import type { Clock } from 'forebay'
import type { Feed, Watcher } from './feed.ts'

const stuckMs = 30_000

/**
 * One reader of the event stream. Whatever it has not taken is skipped, never queued: while the socket is full nothing
 * is written, and once it drains the *newest* picture is. What is held for a slow reader is one picture and the marks
 * it missed, at most; one that takes nothing for 30 s loses its seat.
 */
export class Viewer implements Watcher {
  readonly #feed: Feed
  readonly #response: ServerResponse
  readonly #clock: Clock
  #seq: number
  #topologyId: string
  #markSeq: number
  #behind = false
  #stopWaiting: (() => void) | undefined
  /** Pictures that this reader was too slow for. */
  skipped = 0

  constructor(feed: Feed, response: ServerResponse, clock: Clock, lastEventId: string | undefined) {
    this.#feed = feed
    this.#response = response
    this.#clock = clock
    const seen = parseEventId(lastEventId)
    this.#seq = 0
    this.#topologyId = seen?.topologyId ?? ''
    this.#markSeq = seen?.markSeq ?? 0
    response.on('drain', () => this.#drained())
    response.on('close', () => this.#stopWaiting?.())
  }

  refresh(): void {
    if (this.#isFull()) {
      this.#behind = true
      this.skipped++
      return
    }
    const picture = this.#feed.picture
    if (picture.seq === this.#seq) return
    let text = ''
    if (picture.topologyId !== this.#topologyId) {
      this.#topologyId = picture.topologyId
      text += `event: topology\ndata: ${picture.topology}\n\n`
    }
    for (const mark of this.#feed.marksAfter(this.#markSeq)) {
      this.#markSeq = mark.seq
      text += `event: mark\ndata: ${JSON.stringify(mark)}\n\n`
    }
    this.#seq = picture.seq
    // The id comes last: a reader that resumes with it has had everything before it.
    text += `event: frame\nid: ${this.#seq}.${this.#topologyId}.${this.#markSeq}\ndata: ${picture.frame}\n\n`
    this.#response.write(text)
  }

  ping(): void {
    if (!this.#isFull()) this.#response.write(': ping\n\n')
  }

  end(): void {
    this.#stopWaiting?.()
    this.#response.end()
  }

  #isFull(): boolean {
    if (!this.#response.writableNeedDrain) return false
    this.#stopWaiting ??= this.#clock.after(stuckMs, () => this.#response.destroy())
    return true
  }

  #drained(): void {
    this.#stopWaiting?.()
    this.#stopWaiting = undefined
    if (!this.#behind) return
    this.#behind = false
    this.refresh()
  }
}

function parseEventId(id: string | undefined): { topologyId: string; markSeq: number } | undefined {
  const match = /^\d{1,15}\.([\w-]{12})\.(\d{1,15})$/.exec(id ?? '')
  return match === null ? undefined : { topologyId: match[1] ?? '', markSeq: Number(match[2]) }
}
