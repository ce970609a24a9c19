import type { Figures } from '@forebay/cli/load'
import type { Played } from './play.ts'

/** Something that this example says, and whether the figures bear it out. */
export interface Claim {
  readonly text: string
  readonly holds: boolean
}

/** The figures of one kind of requests in one phase. */
export function inPhase({ result }: Played, phase: string, kind: 'interactive' | 'batch'): Figures {
  return result.phases.find(({ name }) => name === phase)?.tenants[kind] as Figures
}

/** What the figures of all strategies have to show. */
export function claimsOf(played: readonly Played[]): Claim[] {
  const [single, batches, counted, levels] = played as [Played, Played, Played, Played]
  const spike = (of: Played, kind: 'interactive' | 'batch' = 'interactive'): Figures => inPhase(of, 'spike', kind)
  return [
    {
      text: 'one by one, the model cannot even do what comes in calm times',
      holds: inPhase(single, 'calm', 'interactive').okShare < 0.5,
    },
    {
      text: 'batches do several times as much, and still lose the spike and most of what comes after it',
      holds:
        inPhase(batches, 'calm', 'interactive').okShare === 1 &&
        spike(batches).okShare < 0.3 &&
        inPhase(batches, 'after', 'interactive').okShare < 0.5,
    },
    {
      text: 'a line that is bounded by count alone makes everybody wait for longer than anybody is patient',
      holds: spike(counted).okShare < 0.3 && (spike(counted).latency?.p50 ?? 0) > 1000,
    },
    {
      text: 'with levels, and a line that is bounded in time, 99 of 100 who sit and wait are answered in time',
      holds: spike(levels).okShare >= 0.99 && (spike(levels).latency?.p99 ?? Infinity) < 1000,
    },
    {
      text: 'nothing is done for nobody: whatever is answered is answered in time, and that is more than twice as much',
      holds: levels.result.phases[1]!.goodput > 2 * counted.result.phases[1]!.goodput && levels.result.total.late === 0,
    },
    {
      text: 'and after the spike all is well at once',
      holds: inPhase(levels, 'after', 'interactive').okShare === 1 && levels.result.phases[2]!.okShare > 0.97,
    },
  ]
}
