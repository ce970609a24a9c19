import { joinContexts, noRecord, settle, type Context } from '../../kernel/context.ts'
import { operator, type Operator } from '../../kernel/operator.ts'

/** What a {@link Framer} answers when it has no whole frame. */
export const NEEDS_MORE: unique symbol = Symbol('needs more')

/** A frame that is not to come out, and the reason it is counted under. */
export class Unwanted {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

/** Finds frames in chunks that are cut anywhere. It holds one unfinished frame, whose size it bounds, and one chunk. */
export interface Framer<A, B> {
  /** Takes one more chunk; called when `next` has said that it needs more. */
  write(chunk: A): void
  /** The next frame. Throws when the data is not what it should be; it is then not asked again. */
  next(): B | Unwanted | typeof NEEDS_MORE
  /** There are no more chunks: what is left is a last frame, or an error. */
  end(): void
  /** Part of a frame is held. */
  readonly isInside: boolean
}

/**
 * An operator from chunks to frames. A frame has the contexts of all chunks that it lies in; a chunk is done with when
 * all frames that lie in it are. An error comes out behind the frames before it.
 */
export function framing<A extends { readonly length: number }, B>(
  name: string,
  create: () => Framer<A, B>,
  loses?: string,
): Operator<A, B> {
  return operator<A, B>(
    name,
    { cardinality: 'many', bound: 2, ...(loses !== undefined && { loses }) },
    (down, control) => {
      const framer = create()
      let ready: B | Unwanted | typeof NEEDS_MORE = NEEDS_MORE
      /** The chunk that frames are being cut from; our own share of it. */
      let current: { context: Context | undefined } | undefined
      /** Of the chunks that the unfinished frame began in. */
      let begun: Context[] = []
      /** The chunk has just come and is not taken over yet. */
      let isComing = false
      /** What is to be done about the end of upstream once everything is out. */
      let end: (() => void) | undefined

      const advance = (): void => {
        try {
          ready = framer.next()
        } catch (error) {
          if (isComing) current = undefined // the segment ends the account of an item that has just come
          giveUp('failed', error)
          throw error
        }
        if (ready !== NEEDS_MORE) return
        if (current !== undefined) leave(current.context)
        current = undefined
      }
      const leave = (context: Context | undefined): void => {
        if (context === undefined) return
        if (framer.isInside) begun.push(context)
        else settle(context, 'filtered')
      }
      const contextOf = (): Context | undefined => {
        const last = current?.context
        last?.lease?.split(1)
        if (begun.length === 0) return current === undefined ? noRecord : last
        const context = joinContexts(last === undefined ? begun : [...begun, last])
        begun = []
        return context
      }
      const emit = (): void => {
        while (ready !== NEEDS_MORE && down.hasCredit()) {
          const frame = ready
          const context = contextOf()
          ready = NEEDS_MORE
          if (frame instanceof Unwanted) control.discard(context, frame.reason)
          else down.push(frame, context)
          advance()
        }
        if (ready === NEEDS_MORE) end?.()
      }
      const giveUp = (outcome: 'filtered' | 'failed' | 'returned', reason?: unknown): void => {
        for (const context of begun) settle(context, outcome, reason)
        begun = []
        if (current !== undefined) settle(current.context, outcome, reason)
        current = undefined
        ready = NEEDS_MORE
      }
      const flush = (): void => {
        end = () => {
          giveUp('filtered') // what made no frame was none, such as white space
          down.complete()
        }
        try {
          framer.end()
          advance()
        } catch (error) {
          giveUp('failed', error)
          return down.fail(error)
        }
        emit()
      }
      return {
        push: (value, context) => {
          framer.write(value)
          // An empty chunk lies in no frame. Kept with one, they could come for ever.
          const isEmpty = value.length === 0
          if (!isEmpty) current = { context }
          isComing = true
          advance()
          isComing = false
          if (isEmpty) settle(context, 'filtered')
          emit()
        },
        pull: () => {
          if (ready !== NEEDS_MORE) emit()
        },
        complete: () => {
          end = flush
          if (ready === NEEDS_MORE) flush()
        },
        fail: (error) => {
          end = () => down.fail(error)
          if (ready === NEEDS_MORE) end()
        },
        close: (reason) => giveUp('returned', reason),
        held: () => (ready === NEEDS_MORE ? 0 : 1) + (framer.isInside ? 1 : 0),
      }
    },
  )
}
