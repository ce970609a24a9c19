import type { Adaptive } from '../../packages/forebay/src/gates/limit/adaptive.ts'
import { aimd } from '../../packages/forebay/src/gates/limit/aimd.ts'
import { gradient2 } from '../../packages/forebay/src/gates/limit/gradient2.ts'
import { limit } from '../../packages/forebay/src/gates/limit/limit.ts'
import { tide } from '../../packages/forebay/src/gates/limit/tide.ts'
import { vegas } from '../../packages/forebay/src/gates/limit/vegas.ts'
import type { LineOptions } from '../../packages/forebay/src/gates/line/line-options.ts'
import type { Gate } from '../../packages/forebay/src/kernel/gate.ts'
import type { Watch } from './event-clock.ts'
import type { Scenario } from './world.ts'

/** A way to stand in front of a backend. `isFleet`: others stand there too. */
type Policy = ((isFleet: boolean) => { limit: number | Adaptive; line?: number | LineOptions }) | undefined

/** What the suite compares. */
export const policies: Readonly<Record<string, Policy>> = {
  none: undefined,
  'limit 24': () => ({ limit: 24 }),
  'limit 200': () => ({ limit: 200 }),
  'limit 24, no line': () => ({ limit: 24, line: 0 }),
  aimd: () => ({ limit: aimd({ tooSlow: 60 }) }),
  vegas: () => ({ limit: vegas() }),
  gradient2: () => ({ limit: gradient2() }),
  tide: (isFleet) => ({ limit: tide({ shared: isFleet }) }),
}

/** The gate of a policy. Processes of a fleet refuse what they cannot send: a line is no part of what is looked at there. */
export function gateOf(policy: Policy, { gates = 1 }: Scenario): ((clock: Watch) => Gate) | undefined {
  if (policy === undefined) return undefined
  const isFleet = gates > 1
  return (clock) => {
    const { limit: found, line } = policy(isFleet)
    return limit(found, { clock, ...(isFleet ? { line: 0 } : line !== undefined && { line }) })
  }
}
