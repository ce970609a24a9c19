import type { ScaleContinuousNumeric } from 'd3-scale'
import { scaleLinear } from 'd3-scale'
import { area, curveStepBefore, line } from 'd3-shape'
import { inWords } from 'forebay/simulate'
import { escape } from './escape.ts'

/** Time in ms, and a value where there is one. */
export type Point = readonly [at: number, value: number | undefined]

/** Lines over time. */
export interface Chart {
  readonly title: string
  /** The time axis ends here, ms. */
  readonly end: number
  /** The class of the style that colours a line is `s` and its number. */
  readonly lines: readonly { readonly colour: number; readonly points: readonly Point[] }[]
  /** What the lines are measured against, drawn behind them; each point is the end of its step. */
  readonly backdrop?: readonly Point[] | undefined
  /** A line that must not be crossed. */
  readonly limit?: number | undefined
  /** Where something changes. */
  readonly marks: readonly number[]
  readonly scale: (max: number) => ScaleContinuousNumeric<number, number>
  readonly ticks: number
  readonly label: (value: number) => string
}

/** Size of one chart, and where its plot lies in it. */
export const WIDTH = 420
export const HEIGHT = 230
const plot = { left: 52, right: WIDTH - 16, top: 30, bottom: HEIGHT - 24 }

/** One chart as SVG, without the `svg` around it; colours come from the classes `s0`, `s1`, … of the style. */
export function drawChart({ title, end, lines, backdrop, limit, marks, scale, ticks, label: inText }: Chart): string {
  const x = scaleLinear().domain([0, end]).range([plot.left, plot.right])
  const all = [...lines.flatMap(({ points }) => points), ...(backdrop ?? [])].map(([, value]) => value ?? 0)
  const y = scale(Math.max(limit ?? 0, ...all)).range([plot.bottom, plot.top])
  const draw = line<Point>()
    .defined(([, value]) => value !== undefined)
    .x(([at]) => x(at))
    .y(([, value]) => y(value ?? 0))
  const fill = area<Point>()
    .curve(curveStepBefore)
    .x(([at]) => x(at))
    .y0(plot.bottom)
    .y1(([, value]) => y(value ?? 0))
  return [
    `<text class="title" x="${plot.left}" y="16">${escape(title)}</text>`,
    backdrop === undefined ? '' : `<path class="backdrop" d="${fill([...backdrop])}"/>`,
    ...y
      .ticks(ticks)
      .map((tick) => level(y(tick), 'grid') + label(plot.left - 6, y(tick) + 4, round(inText(tick)), 'end')),
    ...marks.map((at) => `<line class="phase" x1="${x(at)}" x2="${x(at)}" y1="${plot.top}" y2="${plot.bottom}"/>`),
    ...x.ticks(6).map((tick) => label(x(tick), HEIGHT - 8, tick === 0 ? '0' : round(inWords(tick)), 'middle')),
    limit === undefined ? '' : level(y(limit), 'limit') + label(plot.right, y(limit) - 4, 'goal', 'end'),
    ...lines.map(({ colour, points }) => `<path class="line s${colour % 8}" d="${draw([...points]) ?? ''}"/>`),
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
