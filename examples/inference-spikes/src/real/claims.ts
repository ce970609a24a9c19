import type { Costs } from './batch-cost.ts'
import { inPhase, type Spike } from './spike.ts'

/** Something that this example says, and whether the figures bear it out. */
export interface Claim {
  readonly text: string
  readonly holds: boolean
}

/** What the figures have to show on a machine that has two cores for it. */
export function claimsOf(paragraphs: Costs, pages: Costs, spikes: readonly Spike[]): Claim[] {
  const [open, counted, gated] = spikes as [Spike, Spike, Spike]
  const ok = (of: Spike, phase: 'calm' | 'spike' | 'after'): number => inPhase(of, phase, 'interactive').okShare
  const forNobody = ({ server }: Spike): number => server.readForNobody / server.read
  return [
    {
      text: 'short texts that go to the model together cost less than one by one: the way there is dear, not the batch',
      holds: Math.min(paragraphs.parcels.cpuUs, paragraphs['one run'].cpuUs) < 0.9 * paragraphs['one by one'].cpuUs,
    },
    {
      text: 'joined for one run, long texts cost this model what they cost one by one',
      holds: pages['one run'].cpuUs > 0.75 * pages['one by one'].cpuUs,
    },
    {
      text: 'when it is calm, nobody needs a gate',
      holds: spikes.every((spike) => ok(spike, 'calm') > 0.95),
    },
    {
      text: 'without a gate, the spike is lost for those who sit and wait, and the time after it too',
      holds: ok(open, 'spike') < 0.5 && ok(open, 'after') < 0.3,
    },
    {
      text: 'a bound alone saves the time after it, and not the spike',
      holds: ok(counted, 'after') > ok(open, 'after') && ok(counted, 'spike') < 0.5,
    },
    {
      text: 'with tokens and levels, those who sit and wait notice little of it',
      holds: ok(gated, 'spike') > 0.95 && ok(gated, 'after') > 0.95,
    },
    {
      text: 'and the jobs get the rest: hardly anything is read for clients that have gone, where without a gate much is',
      holds: forNobody(open) > 0.3 && forNobody(gated) < 0.1,
    },
    {
      text: 'without a gate the server grows with the spike; behind one it does not',
      holds: open.server.mostHeld > 3 * gated.server.mostHeld && open.server.mostMemory > gated.server.mostMemory,
    },
  ]
}
