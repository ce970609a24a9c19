import { show } from '../../kernel/check.ts'
import { joinContexts, type Context } from '../../kernel/context.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { Port } from '../../kernel/receiver.ts'
import { RingBuffer } from '../../kernel/ring-buffer.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { Passage } from '../junctions/passage.ts'
import type { TimeWindow } from './window-by-time.ts'

/** What happens when an item needs more windows, or more room, than there may be. */
export type WindowOverflow = 'close-oldest' | 'drop-newest' | 'fail'

/** The options of `windowByTime`, checked. */
export interface WindowRules<T> {
  readonly sizeMs: number
  readonly slideMs: number
  /** Windows that an item is in, at most. */
  readonly overlap: number
  readonly latenessMs: number
  readonly timestamp: (item: T) => number
  readonly maxOpen: number
  readonly items: number
  readonly overflow: WindowOverflow
  readonly onLate: ((item: T) => void) | undefined
}

interface OpenWindow<T> extends TimeWindow<T> {
  readonly items: T[]
  readonly contexts: (Context | undefined)[]
}

/**
 * The windows of `windowByTime`, by their starts:
 *
 *     ended ≤ #endedAt │ open: at most maxOpen                        watermark = newest - lateness
 *     [ready]  [ready] │ [ open ] [ open ]  [ open ]          newest
 *
 * Invariants: every open window ends after #endedAt, which is the watermark or later; no item may come while a window
 * is ready.
 */
export class EventWindows<T> extends Passage<T, TimeWindow<T>> {
  readonly #rules: WindowRules<T>
  /** At most `maxOpen`. */
  readonly #open = new Map<number, OpenWindow<T>>()
  readonly #ready: RingBuffer<OpenWindow<T>>
  #entries = 0
  #newest = -Infinity
  /** No window that ends here or earlier is opened any more. */
  #endedAt = -Infinity
  /** The end of the oldest open window. */
  #nextEnd = Infinity

  constructor(rules: WindowRules<T>, env: RunEnvironment, stage: StageAccount) {
    super(env, stage)
    this.#rules = rules
    // While one waits no item comes, and one item ends at most all that are open and those it would have opened.
    this.#ready = new RingBuffer(rules.maxOpen + rules.overlap)
  }

  protected take(item: T, context: Context | undefined): void {
    const { timestamp, overflow, onLate, latenessMs } = this.#rules
    const at = timestamp(item)
    if (!Number.isFinite(at)) throw new RangeError(`timestamp: expected a finite number, got ${show(at)}`)
    // An item that is younger than all others ends no window of its own, and counts also if it is not kept.
    this.#newest = Math.max(this.#newest, at)
    this.#endUpTo(this.#newest - latenessMs)
    const last = Math.floor(at / this.#rules.slideMs)
    let first = this.#firstOf(at, last)
    if (!this.#fits(first, last)) {
      if (overflow === 'fail') throw overflowError(this.stage.name, this.#rules)
      if (overflow === 'drop-newest') return this.lose(context, 'drop-newest')
      first = this.#makeRoom(first, last)
    }
    if (first > last) {
      onLate?.(item)
      return this.lose(context, 'late')
    }
    if (last > first) context?.lease?.split(last - first)
    for (let n = first; n <= last; n++) this.#put(n * this.#rules.slideMs, item, context)
    if (overflow === 'close-oldest' && this.#isFull() && !this.isReady()) this.#endUpTo(this.#nextEnd)
  }

  protected hand(port: Port): void {
    while (this.#ready.length > 0) {
      const { contexts, ...window } = this.#ready.shift()
      this.#entries -= window.items.length
      if (!this.emit(port, window, contexts.length === 0 ? undefined : joinContexts(contexts))) break
    }
  }

  protected override isReady(): boolean {
    return this.#ready.length > 0
  }

  /** Without a policy that makes room beforehand one item always may come, for only an item tells what has ended. */
  protected room(): number {
    if (this.isReady()) return 0
    const { items, overlap } = this.#rules
    return Math.max(1, Math.floor((items - this.#entries) / overlap))
  }

  protected held(): number {
    return this.#entries
  }

  protected override flush(): void {
    this.#endUpTo(Infinity)
  }

  protected abandon(reason: 'cancelled' | 'failed'): void {
    while (this.#ready.length > 0) this.#giveUp(this.#ready.shift(), reason)
    for (const window of this.#open.values()) this.#giveUp(window, reason)
    this.#open.clear()
  }

  #giveUp({ items, contexts }: OpenWindow<T>, reason: string): void {
    this.#entries -= items.length
    for (let at = 0; at < items.length; at++) this.lose(contexts[at], reason, 'returned')
  }

  /**
   * An item is in windows that follow each other, up to number `last`: the number of the first that has not ended, or
   * `last + 1`. Window n begins at n × slide.
   */
  #firstOf(at: number, last: number): number {
    const { sizeMs, slideMs } = this.#rules
    let first = last + 1
    while ((first - 1) * slideMs > at - sizeMs && (first - 1) * slideMs + sizeMs > this.#endedAt) first--
    return first
  }

  /** The next item may not fit. */
  #isFull(): boolean {
    return this.#entries + this.#rules.overlap > this.#rules.items
  }

  #fits(first: number, last: number): boolean {
    const { items, maxOpen, slideMs } = this.#rules
    if (this.#entries + last - first + 1 > items) return false
    let open = this.#open.size
    for (let n = first; n <= last; n++) if (!this.#open.has(n * slideMs)) open++
    return open <= maxOpen
  }

  /** Ends the oldest windows until those of an item fit, and says which is its first then: for older ones it is late. */
  #makeRoom(first: number, last: number): number {
    const { sizeMs, slideMs } = this.#rules
    while (first <= last && !this.#fits(first, last)) {
      this.#endUpTo(Math.min(this.#nextEnd, first * slideMs + sizeMs))
      while (first <= last && first * slideMs + sizeMs <= this.#endedAt) first++
    }
    return first
  }

  #put(start: number, item: T, context: Context | undefined): void {
    let window = this.#open.get(start)
    if (window === undefined) {
      const end = start + this.#rules.sizeMs
      window = { start, end, items: [], contexts: [] }
      this.#open.set(start, window)
      this.#nextEnd = Math.min(this.#nextEnd, end)
    }
    window.items.push(item)
    window.contexts.push(context)
    this.#entries++
  }

  /** Makes ready what ends until `time`, oldest first. */
  #endUpTo(time: number): void {
    this.#endedAt = Math.max(this.#endedAt, time)
    if (time < this.#nextEnd) return
    this.#nextEnd = Infinity
    const ended: OpenWindow<T>[] = []
    for (const window of this.#open.values()) {
      if (window.end <= time) ended.push(window)
      else this.#nextEnd = Math.min(this.#nextEnd, window.end)
    }
    ended.sort((left, right) => left.start - right.start)
    for (const window of ended) {
      this.#open.delete(window.start)
      this.#ready.push(window)
    }
  }
}

function overflowError(
  name: string,
  { maxOpen, items }: Pick<WindowRules<unknown>, 'maxOpen' | 'items'>,
): ForebayError {
  return new ForebayError(
    'FOREBAY_OVERFLOW',
    `${name}: more than ${maxOpen} windows, or ${items} items in them, are open`,
  )
}
