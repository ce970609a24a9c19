import { Readable } from 'node:stream'
import type { Flow } from '../flow/flow.ts'
import type { RunOptions } from '../kernel/run.ts'

/**
 * A Node stream of a flow's items, in object mode: the run begins with the first read, one item is asked for
 * when the stream wants one, and destroying the stream cancels the run. `highWaterMark` items may be read
 * ahead (default 1). A `null` would end a Node stream, so one among the items fails it with a `TypeError`.
 */
export function toReadable<T>(flow: Flow<T>, options: RunOptions & { highWaterMark?: number } = {}): Readable {
  const { highWaterMark = 1, ...runOptions } = options
  const items = flow.iterate(runOptions)
  return new Readable({
    objectMode: true,
    highWaterMark,
    read() {
      items.next().then(
        ({ done, value }) => {
          if (done !== true && value === null) this.destroy(new TypeError('toReadable: a stream cannot carry null'))
          else this.push(done === true ? null : value)
        },
        (error: unknown) => this.destroy(error as Error),
      )
    },
    destroy(error, callback) {
      const closed = (): void => callback(error)
      if (items.return === undefined) closed()
      else items.return().then(closed, closed)
    },
  })
}
