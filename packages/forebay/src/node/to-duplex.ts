import { Duplex } from 'node:stream'
import type { Flow } from '../flow/flow.ts'
import { Intake } from '../interop/intake.ts'
import { checkInteger } from '../kernel/check.ts'
import type { RunOptions } from '../kernel/run.ts'
import { pushItem, type StreamMode } from './to-readable.ts'

/**
 * A Node duplex made of a piece of flow, for `pipeline(...)`: what is written comes into the flow, what comes out is
 * read. The run begins with the first read; a write is answered when the flow takes the next item, so that pressure
 * goes through. Both ends are in object mode unless `objectMode: false`; `highWaterMark` (default 1 item, 16 KiB of
 * bytes) is that of both.
 *
 * A failure of the flow destroys the stream with it, destroying the stream cancels the run. A piece that ends by itself
 * (`take`) closes the stream when its last item has been read; to a pipeline that still writes this is a premature close.
 *
 * @example
 * await pipeline(process.stdin, toDuplex((bytes) => bytes.via(lines()).via(intersperse('\n'))), process.stdout)
 */
export function toDuplex<A = any, B = any>(
  piece: (flow: Flow<A>) => Flow<B>,
  options: RunOptions & StreamMode = {},
): Duplex {
  const { objectMode = true, highWaterMark = objectMode ? 1 : 16 * 1024, box = false, ...runOptions } = options
  checkInteger('highWaterMark', highWaterMark, 0)
  const intake = new Intake<A, B>('toDuplex', piece, runOptions)
  let isEnded = false
  const stream = new Duplex({
    objectMode,
    highWaterMark,
    decodeStrings: false,
    write(item, _encoding, callback) {
      const taken = intake.write(item as A)
      const more = (): void => callback()
      if (taken === undefined) more()
      // A flow that takes no more has ended or failed: whoever reads is told first, and that destroys the stream.
      else taken.then(more, nothing)
    },
    final(callback) {
      intake.end()
      callback()
    },
    read() {
      intake.next().then(
        (answer) => {
          isEnded ||= answer.done === true
          pushItem('toDuplex', this, answer, { objectMode, box })
        },
        (error: unknown) => this.destroy(error as Error),
      )
    },
    destroy(error, callback) {
      if (error !== null) intake.fail(error)
      const closed = (): void => callback(error)
      if (isEnded || intake.items.return === undefined) closed()
      else intake.items.return(error ?? undefined).then(closed, closed)
    },
  })
  return stream.once('end', () => {
    if (!stream.writableFinished && !stream.writableEnded) stream.destroy()
  })
}

const nothing = (): void => {}
