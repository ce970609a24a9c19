/** Signals that come so close together are one: npm passes on the Ctrl-C that the terminal has sent to all of us. */
const SAME_MS = 200

/** The first Ctrl-C (or SIGTERM) drains, the second aborts. */
export function onSignals(drain: () => void, abort: () => void): { stop(): void; wasAborted(): boolean } {
  let first: number | undefined
  let isAborted = false
  const listener = (): void => {
    const now = performance.now()
    if (first === undefined) {
      first = now
      drain()
    } else if (now - first >= SAME_MS) {
      isAborted = true
      abort()
    }
  }
  process.on('SIGINT', listener)
  process.on('SIGTERM', listener)
  return {
    stop: () => {
      process.off('SIGINT', listener)
      process.off('SIGTERM', listener)
    },
    wasAborted: () => isAborted,
  }
}
