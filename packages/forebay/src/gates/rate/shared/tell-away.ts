/**
 * Tells the program that a store is away, or back again with `undefined`. What its function throws is its own affair: the
 * gate must go on asking the store, and serving who waits.
 */
export function tellAway(onAway: ((error: unknown) => void) | undefined, error: unknown): void {
  try {
    onAway?.(error)
  } catch {
    // a log that fails must not stop a gate
  }
}
