import { firehose, type Firehose } from '../flow/firehose.ts'
import { show } from '../kernel/check.ts'

type Listener = (...args: any[]) => void

/** What events come from: an `EventTarget`, or an emitter like Node's. */
export type EventSource =
  | { addEventListener(type: any, listener: any): unknown; removeEventListener(type: any, listener: any): unknown }
  | { on(type: any, listener: any): unknown; off(type: any, listener: any): unknown }
  | { addListener(type: any, listener: any): unknown; removeListener(type: any, listener: any): unknown }

/** Options of {@link fromEvent}. */
export interface FromEventOptions {
  /** The event of the same target that ends the flow; default: none does. */
  readonly until?: string | symbol
}

const pairs = [
  ['addEventListener', 'removeEventListener'],
  ['on', 'off'],
  ['addListener', 'removeListener'],
] as const

/**
 * A firehose of the events of one type: they cannot be slowed, so it is a flow once `.buffer(items, policy)` or another
 * policy says what happens to the ones that do not fit. An item is what listeners are called with, an array of it when
 * that is several arguments. Every run listens from its start, and its listeners are removed however it ends. Only the
 * event `until` ends it; `error` is an event like any other.
 *
 * Throws `TypeError` for a target without a pair of methods that add and remove listeners, and for a type that is no
 * string or symbol.
 */
export function fromEvent<T = unknown>(
  target: EventSource,
  type: string | symbol,
  options: FromEventOptions = {},
): Firehose<T> {
  const [add, remove] = methodsOf(target)
  checkType('type', type)
  const { until } = options
  if (until !== undefined) checkType('until', until)
  return firehose<T>((emit) => {
    const next: Listener = (...args) => void emit((args.length > 1 ? args : args[0]) as T)
    const end: Listener = () => emit.end()
    const stop = (): void => {
      remove(type, next)
      if (until !== undefined) remove(until, end)
    }
    try {
      add(type, next)
      if (until !== undefined) add(until, end)
    } catch (error) {
      stop()
      throw error
    }
    return stop
  }).named(`event ${String(type)}`)
}

type Change = (type: string | symbol, listener: Listener) => void

function methodsOf(target: unknown): [add: Change, remove: Change] {
  const methods = Object(target) as Record<string, Change | undefined>
  for (const [add, remove] of pairs) {
    if (typeof methods[add] !== 'function' || typeof methods[remove] !== 'function') continue
    return [(type, listener) => methods[add]?.(type, listener), (type, listener) => methods[remove]?.(type, listener)]
  }
  throw new TypeError(`fromEvent: expected an event target or emitter, got ${show(target)}`)
}

function checkType(option: string, type: unknown): void {
  if (typeof type === 'string' || typeof type === 'symbol') return
  throw new TypeError(`fromEvent ${option}: expected the name of an event, got ${show(type)}`)
}
