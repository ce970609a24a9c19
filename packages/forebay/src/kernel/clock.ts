/** Where all time comes from. The kernel never reads `Date` or a timer by itself, so a test can own time. */
export interface Clock {
  /** Monotonic milliseconds, with fractions. */
  now(): number
  /** Milliseconds since the Unix epoch. May jump. */
  wall(): number
  /** Calls `callback` once after `ms`. Returns the way to stop it. */
  after(ms: number, callback: () => void): () => void
  /** Calls `callback` soon, after I/O and timers had a turn. */
  yield(callback: () => void): void
  /** Calls `callback` before the next frame is painted; where nothing is painted, about 60 times a second. */
  frame(callback: () => void): () => void
  /** True when `now` is free to read, as in virtual time: accounting then reads it at every change. */
  readonly exact?: boolean
  /** How long the event loop has been busy and idle so far, ms; where the runtime tells. */
  utilisation?(): { readonly activeMs: number; readonly idleMs: number }
}

interface Channel {
  readonly port1: { onmessage: (() => void) | null }
  readonly port2: { postMessage(message: unknown): void }
}

/** What a runtime has to tell the time and to wait with. */
export interface Ambient {
  readonly performance: {
    now(): number
    eventLoopUtilization?: () => { readonly active: number; readonly idle: number }
  }
  setTimeout(callback: () => void, ms: number): unknown
  clearTimeout(handle: unknown): void
  MessageChannel?: new () => Channel
  setImmediate?: (callback: () => void) => unknown
  requestAnimationFrame?: (callback: () => void) => number
  cancelAnimationFrame?: (handle: number) => void
}

const FRAME_MS = 16

/** The clock of a runtime: `performance.now`, `setTimeout`, and `setImmediate` or a message channel to yield. */
export function clockOf(ambient: Ambient): Clock {
  // Read once: in Node the global is a getter, which costs as much again as the time that it gives.
  const { performance: timer, setImmediate } = ambient
  const { eventLoopUtilization } = timer
  const after: Clock['after'] = (ms, callback) => {
    const handle = ambient.setTimeout(callback, ms)
    return () => ambient.clearTimeout(handle)
  }
  return {
    now: () => timer.now(),
    wall: () => Date.now(),
    after,
    yield: setImmediate === undefined ? messages(ambient) : (callback) => void setImmediate(callback),
    frame: (callback) => {
      const handle = ambient.requestAnimationFrame?.(callback)
      return handle === undefined ? after(FRAME_MS, callback) : () => ambient.cancelAnimationFrame?.(handle)
    },
    ...(eventLoopUtilization !== undefined && {
      utilisation: () => {
        const { active, idle } = eventLoopUtilization()
        return { activeMs: active, idleMs: idle }
      },
    }),
  }
}

/** The runtime's own clock. */
export const systemClock: Clock = clockOf(globalThis as unknown as Ambient)

/** `setImmediate` lets I/O and timers run between two turns; browsers have no such call, and a message is their nearest. */
function messages(ambient: Ambient): (callback: () => void) => void {
  let channel: Channel | undefined
  const waiting: (() => void)[] = [] // bounded: one entry per run that yields
  return (callback) => {
    if (channel === undefined) {
      channel = new (ambient.MessageChannel as new () => Channel)()
      channel.port1.onmessage = () => {
        for (const next of waiting.splice(0)) next()
      }
    }
    if (waiting.push(callback) === 1) channel.port2.postMessage(0)
  }
}
