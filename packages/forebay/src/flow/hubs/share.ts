import { checkInteger, show } from '../../kernel/check.ts'
import type { Run, RunOptions } from '../../kernel/run.ts'
import type { Flow } from '../flow.ts'
import { using } from '../errors/using.ts'
import { broadcastHub, type BroadcastHub } from './broadcast-hub.ts'
import type { SubscribeOptions } from './subscription.ts'

/** How a flow is shared. */
export interface ShareOptions<T> extends SubscribeOptions<T> {
  /** The newest items that one who comes late is given first; default 0. */
  replay?: number
  /** Waits with the first item until so many have come; default 1. */
  startAfter?: number
  /** Options of the run of what is shared, such as its clock and its memory. */
  run?: RunOptions
}

/**
 * One run of a flow for all who run the flow that is returned: it begins with the first of them and is cancelled with
 * the last (`share`, `refCount`). Each hears what comes from the moment on at which it wants its first item; when nobody
 * is left, the next one begins a new run. For more say over it, `broadcastHub`.
 *
 * Emits: when the shared run has an item and all who wait for nobody else have room. Backpressures: when downstream
 * does; the slowest holds all back, unless it has an `overflow` policy or a `lag` limit. Completes: when the shared run
 * has. Cancels: when downstream cancels; the shared run with the last of them. Loses: what the policy says, in the
 * account of the run that lags.
 *
 * @example
 * const prices = flow(feed).via(share({ overflow: 'drop-oldest', items: 100 }))
 * prices.to(page).run()
 * prices.to(store).run() // the same connection
 */
export function share<T>(options: ShareOptions<T> = {}): (flow: Flow<T>) => Flow<T> {
  const { replay, startAfter, run: runOptions = {}, ...subscribe } = options
  if (replay !== undefined) checkInteger('replay', replay, 0)
  if (startAfter !== undefined) checkInteger('startAfter', startAfter, 1)
  if (typeof runOptions !== 'object') throw new TypeError(`run: expected options of a run, got ${show(runOptions)}`)
  return (flow) => {
    let shared: Shared<T> | undefined
    const open = (): Shared<T> => {
      shared ??= begin(flow, runOptions, {
        ...(replay !== undefined && { replay }),
        ...(startAfter !== undefined && { startAfter }),
        ...(subscribe.name !== undefined && { name: subscribe.name }),
      })
      shared.users++
      return shared
    }
    const close = (mine: Shared<T>): Promise<unknown> | undefined => {
      if (--mine.users > 0) return undefined
      if (shared === mine) shared = undefined
      return mine.end()
    }
    return using({ open, use: ({ hub }) => hub.subscribe(subscribe), close })
  }
}

/** A run and those who hear it. */
interface Shared<T> {
  readonly hub: BroadcastHub<T>
  users: number
  end(): Promise<unknown>
}

function begin<T>(
  flow: Flow<T>,
  options: RunOptions,
  settings: { replay?: number; startAfter?: number; name?: string },
): Shared<T> {
  const hub = broadcastHub<T>(settings)
  const run: Run<number> = flow.to(hub, { name: hub.name }).run(options)
  // How it ends is told to those who hear it.
  const over = run.done.then(ignore, ignore)
  return {
    hub,
    users: 0,
    end: () => {
      run.cancel('nobody is left')
      return over
    },
  }
}

const ignore = (): void => {}
