import { aligned } from '../aligned.ts'
import type { Costs, WayName } from './batch-cost.ts'
import { inPhase, SECONDS, type Spike } from './spike.ts'

/** What short and long texts cost in each way, for a terminal. */
export function costTable(paragraphs: Costs, pages: Costs): string {
  const head = ['', 'µs/paragraph', 'tokens/ms', 'µs/page', 'tokens/ms']
  const lines = (Object.keys(paragraphs) as WayName[]).map((way) => [
    way,
    ...[paragraphs[way], pages[way]].flatMap(({ cpuUs, tokensPerMs }) => [cpuUs.toFixed(0), tokensPerMs.toFixed(0)]),
  ])
  return aligned([head, ...lines], 1)
}

/** A row for each door and phase. */
export function spikeTable(spikes: readonly Spike[]): string {
  const head = [
    '',
    '',
    'asked/s',
    'interactive',
    'p99 ms',
    'pages',
    'pages/s',
    'shed',
    'gave up',
    'held',
    'MiB',
    'for nobody',
  ]
  const lines = spikes.flatMap((spike) =>
    (['calm', 'spike', 'after'] as const).map((phase) => {
      const [interactive, batch] = [inPhase(spike, phase, 'interactive'), inPhase(spike, phase, 'batch')]
      const { mostHeld, mostMemory, read, readForNobody } = spike.server
      return [
        phase === 'calm' ? spike.door : '',
        phase,
        ((interactive.offered + batch.offered) / SECONDS[phase]).toFixed(0),
        percent(interactive.okShare),
        interactive.latency?.p99.toFixed(0) ?? '–',
        percent(batch.okShare),
        batch.goodput.toFixed(0),
        String(interactive.shed + batch.shed),
        String(interactive.timedOut + batch.timedOut),
        ...(phase === 'spike'
          ? [String(mostHeld), (mostMemory / 2 ** 20).toFixed(0), percent(readForNobody / read)]
          : ['', '', '']),
      ]
    }),
  )
  return aligned([head, ...lines], 2)
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
