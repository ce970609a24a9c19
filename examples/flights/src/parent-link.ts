/** How a process of the cast talks to whoever started it. */
export interface ParentLink {
  /** Aborts when the parent says stop, has gone, or sends SIGTERM. */
  readonly signal: AbortSignal
  /** Sends a message to the parent; without one, prints it as a line of JSON. */
  tell(message: object): void
}

const GRACE_MS = 1000

/**
 * Links this process to its parent: it never outlives it. Ctrl-C goes to every process of a terminal, so with a
 * parent it is ignored here: the parent decides when its drain is over.
 */
export function parentLink(): ParentLink {
  const abort = new AbortController()
  const stop = (): void => {
    abort.abort()
    setTimeout(() => process.exit(0), GRACE_MS).unref() // whatever still holds the loop has had its time
  }
  const hasParent = process.send !== undefined
  process.on('SIGTERM', stop)
  process.on('SIGINT', hasParent ? () => {} : stop)
  process.on('disconnect', stop)
  if (hasParent && !process.connected) stop() // it went while this process was still loading
  return {
    signal: abort.signal,
    tell: (message) => {
      if (!hasParent) process.stdout.write(JSON.stringify(message) + '\n')
      else if (process.connected) process.send?.(message, () => {}) // a parent that is going takes no more
    },
  }
}
