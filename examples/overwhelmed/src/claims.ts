import type { Caps } from 'forebay/queue'
import type { Figures } from './meter.ts'
import { BOUND, MOST_PUT, OUT } from './settings.ts'

/** Something that this example says, and whether the figures bear it out. */
export interface Claim {
  readonly text: string
  readonly holds: boolean
}

/**
 * What the figures of all strategies have to show, on machines of any speed. A soft bound is one of what is ready, and the
 * broker refuses late: what workers have and one put may come on top of it, as here one is under way at a time.
 */
export function claimsOf(all: readonly Figures[], bound: Caps['boundItems']): Claim[] {
  const most = bound === 'soft' ? BOUND + OUT + MOST_PUT : BOUND
  const itsBound = bound === 'soft' ? `its bound, what workers have and one put: ${most}` : 'its bound'
  const [unbounded, bounded, throttled, scaled, dropping, refused, onCredit] = all as [
    Figures,
    Figures,
    Figures,
    Figures,
    Figures,
    Figures,
    Figures,
  ]
  return [
    {
      text: 'whatever the strategy, every job is done, or counted as dropped',
      holds: all.every(({ offered, done, dropped }) => offered > 0 && done + dropped === offered),
    },
    {
      text: 'without a bound the queue grows as long as it lasts, and the jobs get old in it',
      holds: unbounded.peakDepth > 3 * BOUND && unbounded.p99Ms > 2 * bounded.p99Ms,
    },
    {
      text: `a bounded queue makes the producer wait, and is never longer than ${itsBound}`,
      holds: bounded.peakDepth <= most && bounded.dropped === 0,
    },
    {
      text: 'a producer that keeps to a rate below that of the workers never fills the queue',
      holds: throttled.peakDepth < BOUND / 2 && throttled.dropped === 0,
    },
    {
      text: 'more workers do more: jobs get less old, and nothing is lost or refused',
      holds: scaled.perSecond > 1.2 * unbounded.perSecond && scaled.p99Ms < unbounded.p99Ms,
    },
    {
      text: 'dropping keeps what is taken young, and somebody hears of it',
      holds: dropping.dropped > 0 && dropping.alerts > 0 && dropping.p99Ms < unbounded.p99Ms,
    },
    {
      text: `clients that are told when to come back lose nothing, and keep the queue within ${itsBound}`,
      holds: refused.refused > 0 && refused.dropped === 0 && refused.peakDepth <= most,
    },
    {
      text: `clients that send what they have credit for are never refused, and keep it within ${itsBound}`,
      holds: onCredit.refused === 0 && onCredit.dropped === 0 && onCredit.peakDepth <= most,
    },
  ]
}
