import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'

/** A source gives up records that it has never handed on. The source counts them among those that it has pulled. */
export function loseRecords(env: RunEnvironment, stage: StageAccount, reason: string, count: number): void {
  stage.discard(reason, count)
  env.totals.in += count
  env.totals.drop(reason, count)
}
