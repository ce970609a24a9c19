import { Readable } from 'node:stream'
import type { Flow } from '../flow/flow.ts'
import { checkInteger } from '../kernel/check.ts'
import type { RunOptions } from '../kernel/run.ts'

/** How items travel in a Node stream. */
export interface StreamMode {
  /** Whether an item is an object of its own; `false` for a stream of bytes and text. Default true. */
  objectMode?: boolean
  /** Items, or bytes, that may be read ahead. Default 1 item, 16 KiB of bytes. */
  highWaterMark?: number
  /** Wraps each item as `{ value }`, so that `null` and `undefined` can travel: they mean something else to a Node stream. Default false. */
  box?: boolean
}

/**
 * A Node stream of a flow's items: the run begins with the first read, one item is asked for when the stream wants
 * one, and destroying the stream cancels the run. A `null` or `undefined` would end a Node stream or get lost in it, so
 * one among the items destroys the stream with a `TypeError`, unless `box` wraps them. An error of the flow destroys it
 * too, past what the stream has read ahead.
 */
export function toReadable<T>(flow: Flow<T>, options: RunOptions & StreamMode = {}): Readable {
  const { objectMode = true, highWaterMark = objectMode ? 1 : 16 * 1024, box = false, ...runOptions } = options
  checkInteger('highWaterMark', highWaterMark, 0)
  const items = flow.iterate(runOptions)
  return new Readable({
    objectMode,
    highWaterMark,
    read() {
      items.next().then(
        (answer) => pushItem('toReadable', this, answer, { objectMode, box }),
        (error: unknown) => this.destroy(error as Error),
      )
    },
    destroy(error, callback) {
      const closed = (): void => callback(error)
      if (items.return === undefined) closed()
      else items.return(error ?? undefined).then(closed, closed)
    },
  })
}

/** Hands an item, or the end, to a stream. An empty chunk of bytes would be taken for none, so the next item is read. */
export function pushItem(
  what: string,
  stream: Readable,
  { done, value }: IteratorResult<unknown>,
  { objectMode, box }: { readonly objectMode: boolean; readonly box: boolean },
): void {
  if (done === true) stream.push(null)
  else if (box) stream.push({ value })
  else if (value === null || value === undefined) {
    stream.destroy(new TypeError(`${what}: a stream cannot carry ${value}; box: true wraps items`))
  } else {
    stream.push(value)
    if (!objectMode && (value as { length: number }).length === 0) stream.read(0)
  }
}
