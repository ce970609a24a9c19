import { settle, type Context, type Outcome } from '../kernel/context.ts'
import type { RunEnvironment } from '../kernel/run-environment.ts'
import type { StageAccount } from '../kernel/stage-account.ts'
import type { Work } from './work-options.ts'

/** The work on an item has failed for good and the flow goes on: what `onError` says for it, and its account. */
export function giveUpItem(
  host: { readonly env: RunEnvironment; readonly stage: StageAccount; readonly work: Work<any> },
  value: unknown,
  context: Context | undefined,
  error: unknown,
): void {
  const { env, stage, work } = host
  const isResumed = work.onError === 'resume'
  if (isResumed || env.deadLetter === undefined || context?.lease?.keepsFailed === true) {
    return loseItem(env, stage, context, isResumed ? 'error' : 'dead-letter', 'failed', error)
  }
  stage.discard('dead-letter')
  env.totals.buried(context)
  settle(context, 'dropped', 'dead-letter')
  try {
    env.deadLetter(value, error, work.name)
  } catch (second) {
    env.fail(second) // nobody keeps the item now
  }
}

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
