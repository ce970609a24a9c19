import type { Comparison, Sample } from 'forebay/simulate'
import { drawChart } from '../chart/draw-chart.ts'
import type { Panel } from './panels.ts'

/** One panel as SVG, without the `svg` around it: a line for every strategy. */
export function drawPanel(panel: Panel, { outcomes, phases }: Comparison): string {
  const { value, backdrop } = panel
  const seconds = (outcomes[0]?.samples[0]?.at ?? 1000) / 1000
  return drawChart({
    ...panel,
    end: Math.max(phases.at(-1)?.to ?? 0, ...outcomes.map(({ samples }) => samples.at(-1)?.at ?? 0)),
    lines: outcomes.map(({ samples }, colour) => ({
      colour,
      points: samples.map((sample) => [sample.at, value(sample, seconds)] as const),
    })),
    backdrop:
      backdrop === undefined
        ? undefined
        : longest(outcomes.map(({ samples }) => samples)).map((sample) => [sample.at, backdrop(sample, seconds)]),
    marks: phases.slice(1).map(({ from }) => from),
  })
}

/** A strategy that failed has fewer samples; arrivals are the same for all. */
function longest(lists: readonly (readonly Sample[])[]): readonly Sample[] {
  return lists.toSorted((a, b) => b.length - a.length)[0] ?? []
}
