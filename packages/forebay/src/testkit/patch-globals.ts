import type { VirtualClock } from './virtual-clock.ts'

type Globals = Record<string, any>

/** Puts the timers and clocks of the runtime on a virtual clock. Returns the way back. */
export function patchGlobals(clock: VirtualClock): () => void {
  const globals = globalThis as Globals
  const { Date: date, performance: timing } = globals as { Date: Globals; performance: Globals }
  const stops = new Map<number, () => void>() // bounded: one entry per timer that waits
  let handles = 0

  const set = (ms: unknown, callback: (...args: unknown[]) => void, args: unknown[], repeat: boolean): number => {
    const handle = ++handles
    const every = Math.max(repeat ? 1 : 0, Number(ms) || 0)
    const start = (): void => {
      stops.set(
        handle,
        clock.after(every, () => {
          stops.delete(handle)
          if (repeat) start()
          callback(...args)
        }),
      )
    }
    start()
    return handle
  }
  const clear = (handle: number): void => {
    stops.get(handle)?.()
    stops.delete(handle)
  }
  const timers: Globals = {
    setTimeout: (callback: () => void, ms?: number, ...args: unknown[]) => set(ms, callback, args, false),
    setInterval: (callback: () => void, ms?: number, ...args: unknown[]) => set(ms, callback, args, true),
    setImmediate: (callback: () => void, ...args: unknown[]) => set(0, callback, args, false),
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
  }
  const before: Globals = Object.fromEntries(Object.keys(timers).map((name) => [name, globals[name]]))
  const dateNow = date['now'] as unknown
  const timingNow = timing['now'] as unknown
  Object.assign(globals, timers)
  date['now'] = () => clock.wall()
  timing['now'] = () => clock.now()
  return () => {
    Object.assign(globals, before)
    date['now'] = dateNow
    timing['now'] = timingNow
  }
}
