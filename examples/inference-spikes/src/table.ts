import { aligned } from './aligned.ts'
import { inPhase } from './claims.ts'
import type { Played } from './play.ts'

const phases = ['calm', 'spike', 'after'] as const

/** A row for each strategy and phase. */
export function table(played: readonly Played[]): string {
  const head = ['', '', 'interactive', 'p99', 'batch', 'p99', 'most held']
  const lines = played.flatMap((one) =>
    phases.map((phase) => [
      phase === 'calm' ? one.strategy : '',
      phase,
      ...(['interactive', 'batch'] as const).flatMap((kind) => {
        const { okShare, latency } = inPhase(one, phase, kind)
        return [`${(100 * okShare).toFixed(1)} %`, latency === undefined ? '–' : `${latency.p99.toFixed(0)} ms`]
      }),
      phase === 'calm' ? String(one.mostHeld) : '',
    ]),
  )
  return aligned([head, ...lines], 2)
}
