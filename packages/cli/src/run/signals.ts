/** The first Ctrl-C (or SIGTERM) drains, the second aborts. */
export function onSignals(
  drain: () => void,
  abort: () => void,
  log: (line: string) => void,
): { stop(): void; wasAborted(): boolean } {
  let asked = 0
  const listener = (): void => {
    asked++
    if (asked === 1) {
      log('draining; once more to abort')
      drain()
    } else abort()
  }
  process.on('SIGINT', listener)
  process.on('SIGTERM', listener)
  return {
    stop: () => {
      process.off('SIGINT', listener)
      process.off('SIGTERM', listener)
    },
    wasAborted: () => asked > 1,
  }
}
