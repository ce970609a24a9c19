import type { Clock } from '../kernel/clock.ts'
import type { Gate } from '../kernel/gate.ts'

/** How long a refused job waits at most before it asks its gate again, ms. */
const MAX_WAIT_MS = 1000

/** Wakes who was refused when the gate may have changed its mind: after `retryAfterMs`, or when it has credit. Returns the way to stop. */
export function askAgain(clock: Clock, gate: Gate | undefined, retryAfterMs: number, wake: () => void): () => void {
  const stopTimer = clock.after(Math.min(MAX_WAIT_MS, Math.max(1, retryAfterMs || 20)), wake)
  const stopListening = gate?.onCredit(wake)
  return () => {
    stopTimer()
    stopListening?.()
  }
}
