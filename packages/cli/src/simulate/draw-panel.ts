import { scaleLinear } from 'd3-scale'
import { area, curveStepBefore, line } from 'd3-shape'
import { inWords, type Comparison, type Sample } from 'forebay/simulate'
import { escape } from './escape.ts'
import type { Panel } from './panels.ts'

/** Size of one panel, and where its plot lies in it. */
export const WIDTH = 420
export const HEIGHT = 230
const plot = { left: 52, right: WIDTH - 10, top: 30, bottom: HEIGHT - 24 }

/** One panel as SVG, without the `svg` around it; colours come from the classes `s0`, `s1`, … of the style. */
export function drawPanel(panel: Panel, { outcomes, phases }: Comparison): string {
  const end = Math.max(phases.at(-1)?.to ?? 0, ...outcomes.map(({ samples }) => samples.at(-1)?.at ?? 0))
  const seconds = (outcomes[0]?.samples[0]?.at ?? 1000) / 1000
  const x = scaleLinear().domain([0, end]).range([plot.left, plot.right])
  const all = outcomes.flatMap(({ samples }) =>
    samples.flatMap((sample) => [panel.value(sample, seconds) ?? 0, panel.backdrop?.(sample, seconds) ?? 0]),
  )
  const y = panel.scale(Math.max(panel.limit ?? 0, ...all)).range([plot.bottom, plot.top])
  const draw = line<Sample>()
    .defined((sample) => panel.value(sample, seconds) !== undefined)
    .x(({ at }) => x(at))
    .y((sample) => y(panel.value(sample, seconds) ?? 0))
  const { backdrop, limit } = panel
  const behind =
    backdrop === undefined
      ? undefined
      : area<Sample>()
          .curve(curveStepBefore)
          .x(({ at }) => x(at))
          .y0(plot.bottom)
          .y1((sample) => y(backdrop(sample, seconds)))(longest(outcomes.map(({ samples }) => samples)))
  return [
    `<text class="title" x="${plot.left}" y="16">${escape(panel.title)}</text>`,
    behind === undefined ? '' : `<path class="backdrop" d="${behind}"/>`,
    ...y
      .ticks(panel.ticks)
      .map((tick) => level(y(tick), 'grid') + label(plot.left - 6, y(tick) + 4, round(panel.label(tick)), 'end')),
    ...phases
      .slice(1)
      .map(({ from }) => `<line class="phase" x1="${x(from)}" x2="${x(from)}" y1="${plot.top}" y2="${plot.bottom}"/>`),
    ...x.ticks(6).map((tick) => label(x(tick), HEIGHT - 8, tick === 0 ? '0' : round(inWords(tick)), 'middle')),
    limit === undefined ? '' : level(y(limit), 'limit') + label(plot.right, y(limit) - 4, 'goal', 'end'),
    ...outcomes.map(({ samples }, index) => `<path class="line s${index % 8}" d="${draw([...samples]) ?? ''}"/>`),
  ].join('')
}

/** On an axis, 1.0 s is 1 s. */
function round(text: string): string {
  return text.replace('.0 ', ' ')
}

function level(y: number, kind: string): string {
  return `<line class="${kind}" x1="${plot.left}" x2="${plot.right}" y1="${y}" y2="${y}"/>`
}

function label(x: number, y: number, text: string, anchor: string): string {
  return `<text class="label" x="${x}" y="${y}" text-anchor="${anchor}">${escape(text)}</text>`
}

/** A strategy that failed has fewer samples; arrivals are the same for all. */
function longest(lists: readonly (readonly Sample[])[]): Sample[] {
  return [...(lists.toSorted((a, b) => b.length - a.length)[0] ?? [])]
}
