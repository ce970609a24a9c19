import { checkInteger, checkNumber } from '../../kernel/check.ts'
import { positiveMilliseconds } from '../../kernel/duration.ts'
import type { Duration } from '../../kernel/duration.ts'

/** When a breaker opens and how it closes again. */
export interface BreakerSettings {
  /** Share of the calls in the window (0–1) at whose failing it opens; default 0.5. */
  failureRate?: number
  /** Opens when `rate` (0–1, default 0.5) of the calls take `ms` or longer; default never. */
  slow?: { ms: Duration; rate?: number }
  /** Opens at so many failures in a row, whatever the rates; default never. */
  consecutive?: number
  /** What is judged: the calls of some time, or the last so many calls. Default 10 s. */
  window?: Duration | { calls: number }
  /** Calls that must be in the window before a rate says anything; default 20, or the whole of a smaller window. */
  min?: number
  /** How long it stays open before it lets probes through; default 5 s. Doubles each time the probes fail. */
  openFor?: Duration
  /** The longest that it stays open; default 8 times `openFor`. */
  maxOpenFor?: Duration
  /** Calls let through to see whether it may close, all of which must succeed; default 3. */
  probes?: number
  /** Holds it open or closed by hand; `false` lets it judge again. */
  forced?: 'open' | 'closed' | false
}

/** {@link BreakerSettings} with everything filled in. */
export interface BreakerRules {
  readonly failureRate: number
  readonly slowMs: number
  readonly slowRate: number
  readonly consecutive: number
  readonly windowMs: number
  readonly windowCalls: number
  readonly min: number
  readonly openForMs: number
  readonly maxOpenForMs: number
  readonly probes: number
}

export function breakerRules(settings: BreakerSettings): BreakerRules {
  const { failureRate = 0.5, slow, consecutive, window = 10_000, openFor = 5000, probes = 3 } = settings
  const windowCalls = typeof window === 'object' ? checkInteger('window.calls', window.calls, 1, 1_000_000) : 0
  const windowMs = typeof window === 'object' ? 0 : positiveMilliseconds('window', window)
  const openForMs = positiveMilliseconds('openFor', openFor)
  const maxOpenForMs =
    settings.maxOpenFor === undefined ? 8 * openForMs : positiveMilliseconds('maxOpenFor', settings.maxOpenFor)
  if (maxOpenForMs < openForMs) {
    throw new RangeError(`maxOpenFor: expected at least openFor (${openForMs} ms), got ${maxOpenForMs} ms`)
  }
  const most = windowCalls === 0 ? 0x3fffffff : windowCalls
  return {
    failureRate: checkNumber('failureRate', failureRate, 0, 1),
    slowMs: slow === undefined ? Infinity : positiveMilliseconds('slow.ms', slow.ms),
    slowRate: checkNumber('slow.rate', slow?.rate ?? 0.5, 0, 1),
    consecutive: consecutive === undefined ? Infinity : checkInteger('consecutive', consecutive, 1),
    windowMs,
    windowCalls,
    min: checkInteger('min', settings.min ?? Math.min(20, most), 1, most),
    openForMs,
    maxOpenForMs,
    probes: checkInteger('probes', probes, 1),
  }
}
