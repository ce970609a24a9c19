import { noRecord, settle } from './context.ts'
import type { Control } from './operator.ts'
import type { RunEnvironment } from './run-environment.ts'
import type { StageAccount } from './stage-account.ts'
import { stageClock } from './stage-clock.ts'

/** What one operator of a segment may ask of it. */
export function controlOf(
  env: RunEnvironment,
  segment: { readonly stage: StageAccount; wake(): void },
  finish: () => void,
): Control {
  const { stage } = segment
  const { random, signal, totals } = env
  return {
    get clock() {
      return stageClock(env.clock, stage)
    },
    random,
    signal,
    wake: () => segment.wake(),
    finish,
    discard: (context, reason) => {
      stage.discard(reason)
      if (context === noRecord) return
      totals.discarded(context, reason)
      settle(context, 'dropped', reason)
    },
  }
}
