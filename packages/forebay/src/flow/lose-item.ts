import { settle, type Context, type Outcome } from '../kernel/context.ts'
import type { RunEnvironment } from '../kernel/run-environment.ts'
import type { StageAccount } from '../kernel/stage-account.ts'

/** A stage gives an item up: counted with its reason, its account ended. */
export function loseItem(
  env: RunEnvironment,
  stage: StageAccount,
  context: Context | undefined,
  reason: string,
  outcome: Outcome = 'dropped',
  cause: unknown = reason,
): void {
  stage.discard(reason)
  env.totals.discarded(context, reason)
  settle(context, outcome, outcome === 'failed' ? cause : reason)
}
