import { checkFunction } from '../../kernel/check.ts'
import type { Flow } from '../flow.ts'
import { isThenable } from '../../kernel/is-thenable.ts'
import { asked, type Asker } from './asked.ts'

/** How {@link unfoldResource} uses its resource. Every function may return a promise. */
export interface ResourceOptions<R, T> {
  /** Opens the resource, when the first item is wanted. */
  open: (signal: AbortSignal) => R | PromiseLike<R>
  /** The next item, or `undefined` when there are no more. One call is out at a time. */
  read: (resource: R, signal: AbortSignal) => Read<T> | PromiseLike<Read<T>>
  /** Gives the resource back: once, whichever end it is, and never while `open` or `read` is at work. */
  close: (resource: R) => unknown
}

/** An item that was read, or the end. */
export type Read<T> = { readonly value: T } | undefined

/**
 * The items of something that is opened and must be closed: a cursor, a file, a lock. `close` is called exactly once
 * for a resource that was opened, also when the flow was cancelled while it was being opened, and the end waits for
 * it; an error of `close` fails the flow. `signal` aborts when the flow ends early.
 *
 * Emits: when the item that downstream wants has been read. Backpressures: when downstream does; nothing is read then.
 * Completes: when `read` returns `undefined` and the resource is closed. Cancels: when downstream cancels; a call that
 * is out is told, and the resource closed after it. Loses: nothing.
 */
export function unfoldResource<R, T>(options: ResourceOptions<R, T>): Flow<T> {
  const { open, read, close } = options
  checkFunction('unfoldResource open', open)
  checkFunction('unfoldResource read', read)
  checkFunction('unfoldResource close', close)
  return asked<T>('unfoldResource', (): Asker<T> => {
    let opened: { readonly resource: R } | undefined
    const begin = (resource: R, signal: AbortSignal): unknown => {
      opened = { resource }
      // It was wanted when it was asked for; now it is only to be closed.
      return signal.aborted ? undefined : read(resource, signal)
    }
    return {
      value: undefined,
      ask: (signal) => {
        if (opened !== undefined) return read(opened.resource, signal)
        const resource = open(signal)
        return isThenable(resource) ? resource.then((value) => begin(value as R, signal)) : begin(resource as R, signal)
      },
      take(answer: Read<T>) {
        if (answer === undefined) return false
        this.value = answer.value
        return true
      },
      close: () => {
        const last = opened
        opened = undefined
        return last === undefined ? undefined : close(last.resource)
      },
    }
  })
}
