import type { Figures } from '@forebay/cli/load'
import type { Played } from './play.ts'
import { BUFFER, PATIENCE_MS, SHARE } from './settings.ts'

/** Something that this example says, and whether the figures bear it out. */
export interface Claim {
  readonly text: string
  readonly holds: boolean
}

/** How much slower B and C may be while A asks for five times its share. */
const SLOWER = 1.6

/** What the figures of both worlds have to show. */
export function claimsOf(without: Played, gated: Played): Claim[] {
  const a = inPhase(gated, 'storm', 'A')
  return [
    {
      text: 'without gates, A takes B and C down with it',
      holds: (['B', 'C'] as const).every((name) => inPhase(without, 'storm', name).okShare < 0.7),
    },
    {
      text: 'without gates, it goes on after A has stopped: Z works for clients that have gone',
      holds: (['A', 'B', 'C'] as const).every((name) => inPhase(without, 'after', name).okShare < 0.9),
    },
    {
      text: 'with gates, B and C stay at 99.5 % and more',
      holds: (['B', 'C'] as const).every((name) => inPhase(gated, 'storm', name).okShare >= 0.995),
    },
    {
      text: `with gates, the p99 of B and C is at most ${SLOWER} times that of calm times`,
      holds: (['B', 'C'] as const).every((name) => slowdown(without, gated, name) <= SLOWER),
    },
    {
      text: 'A gets the share that it was promised, and no more',
      holds: a.goodput > 0.8 * SHARE && a.goodput < 1.3 * SHARE,
    },
    {
      text: `A is told by Z what is left of its share and paces itself by it, so that Z need hardly refuse; ${BUFFER} requests are in A at most`,
      holds:
        gated.a.told === gated.a.sent &&
        gated.a.slowestPace <= SHARE &&
        gated.a.refusedByZ <= 0.05 * gated.a.sent &&
        gated.a.mostHeld <= BUFFER,
    },
    {
      text: 'the clients of A are told when to come back, before they lose patience',
      holds: gated.result.retryAfter.told > 0 && (a.refusal?.p99 ?? Infinity) < PATIENCE_MS,
    },
    {
      text: 'with gates, all is well again when A has stopped',
      holds: (['B', 'C'] as const).every((name) => inPhase(gated, 'after', name).okShare >= 0.995),
    },
  ]
}

/** The figures of one service in one phase. */
export function inPhase({ result }: Played, phase: string, service: 'A' | 'B' | 'C'): Figures {
  return result.phases.find(({ name }) => name === phase)?.tenants[service] as Figures
}

/** How many times as slow a service with gates is in the storm, at p99, as it is in calm times: the better of those with gates and without. */
export function slowdown(without: Played, gated: Played, service: 'A' | 'B' | 'C'): number {
  const p99 = (of: Played, phase: string): number => inPhase(of, phase, service).latency?.p99 ?? Infinity
  return p99(gated, 'storm') / Math.min(p99(without, 'calm'), p99(gated, 'calm'))
}
