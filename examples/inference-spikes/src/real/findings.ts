import type { Costs, WayName } from './batch-cost.ts'
import { inPhase, type Spike } from './spike.ts'

/** What the figures of this run come to, in words. A busy machine has others, so nothing is claimed of them. */
export function findingsOf(paragraphs: Costs, pages: Costs, spikes: readonly Spike[]): string[] {
  const times = (costs: Costs, way: WayName): string => (costs[way].cpuUs / costs['one by one'].cpuUs).toFixed(2)
  const each = (of: (spike: Spike) => string): string => spikes.map((spike) => `${spike.door} ${of(spike)}`).join(', ')
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`
  return [
    `a paragraph in a parcel costs ${times(paragraphs, 'parcels')} of what it costs alone, a page in a run of sixteen ${times(pages, 'one run')}`,
    `of those who sit and wait, answered in time in the spike and after it: ${each((spike) => percent(shareInTime(spike)))}`,
    `read for clients that had gone: ${each(({ server }) => percent(server.readForNobody / server.read))}`,
    `memory at most: ${each(({ server }) => `${(server.mostMemory / 2 ** 20).toFixed(0)} MiB`)}`,
  ]
}

/** Of those who sit and wait, how many were answered in time in the spike and after it, both counted alike. */
export function shareInTime(spike: Spike): number {
  return (inPhase(spike, 'spike', 'interactive').okShare + inPhase(spike, 'after', 'interactive').okShare) / 2
}
