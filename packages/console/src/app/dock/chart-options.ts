import type uPlot from 'uplot'
import type { Mark } from 'forebay/observe'
import type { Line } from '../model/charts.ts'

interface ChartShape {
  readonly lines: readonly Line[]
  readonly isLog: boolean
  readonly max?: number
  readonly show: (value: number) => string
  readonly range: () => [from: number, to: number]
  readonly marks: () => readonly Mark[]
  readonly onCursor: (at: number | undefined) => void
}

/** Half the width of a written time, CSS pixels. */
const halfTime = 28
const font = '11px Inter, ui-sans-serif, system-ui, sans-serif'

/** What uPlot needs for one strip. Its defaults draw black on black in the dark: every colour is the page's own. */
export function chartOptions(shape: ChartShape): Omit<uPlot.Options, 'width' | 'height'> {
  const colour = pageColours()
  const axis = { stroke: colour('--faint'), font, grid: { stroke: colour('--grid'), width: 1 }, ticks: { show: false } }
  return {
    legend: { show: false },
    padding: [10, 8, 0, 0],
    cursor: { sync: { key: 'forebay' }, y: false, points: { size: 6 }, drag: { x: false, y: false } },
    scales: {
      x: { time: true, range: () => shape.range() },
      y: shape.isLog
        ? {
            distr: 3,
            range: (_plot, low, high) => [logFloor(low), Math.max(10, 10 ** Math.ceil(Math.log10(high || 10)))],
          }
        : { range: (_plot, _low, high) => [0, shape.max ?? Math.max(1, (high || 0) * 1.12)] },
    },
    axes: [
      {
        ...axis,
        size: 22,
        gap: 4,
        space: 70,
        values: (plot, at) => at.map((seconds) => (isCut(plot, seconds) ? '' : timeOfDay(seconds))),
      },
      {
        ...axis,
        size: 52,
        gap: 6,
        space: 30,
        ...(shape.isLog && { filter: decades, grid: { ...axis.grid, filter: decades } }),
        values: (_plot, at) => at.map((value) => (value === null || value === undefined ? '' : shape.show(value))),
      },
    ],
    series: [
      {},
      ...shape.lines.map(({ label, tone, dashed, isArea }) => ({
        label,
        stroke: colour(`--line-${tone}`),
        width: 1.75,
        points: { show: false },
        ...(dashed === true && { dash: [5, 3] }),
        ...(isArea === true && { fill: colour(`--line-${tone}`) }),
      })),
    ],
    hooks: {
      draw: [(plot) => drawMarks(plot, shape.marks(), colour)],
      setCursor: [
        (plot) => {
          const { left } = plot.cursor
          shape.onCursor(left === undefined || left < 0 ? undefined : plot.posToVal(left, 'x'))
        },
      ],
    },
  }
}

function drawMarks(plot: uPlot, marks: readonly Mark[], colour: (name: string) => string): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.lineWidth = devicePixelRatio
  for (const mark of marks) {
    const x = Math.round(plot.valToPos(mark.wall / 1000, 'x', true)) + 0.5
    ctx.strokeStyle = ctx.fillStyle = colour(markColour(mark))
    ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio])
    ctx.globalAlpha = 0.5
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    ctx.globalAlpha = 1
    ctx.setLineDash([])
    const half = 4 * devicePixelRatio
    ctx.beginPath()
    ctx.moveTo(x - half, bbox.top - half * 1.5)
    ctx.lineTo(x + half, bbox.top - half * 1.5)
    ctx.lineTo(x, bbox.top)
    ctx.fill()
  }
  ctx.restore()
}

function markColour({ kind, level }: Mark): string {
  if (level !== 'info') return '--line-orange'
  return kind === 'breaker' ? '--line-violet' : '--faint'
}

function pageColours(): (name: string) => string {
  const style = getComputedStyle(document.documentElement)
  return (name) => style.getPropertyValue(name).trim()
}

/** A logarithmic axis has ten ticks a decade; one is enough. */
const decades: uPlot.Axis.Filter = (_plot, at) =>
  at.map((value) => (Number.isInteger(Math.log10(value)) ? value : null))

function logFloor(low: number): number {
  return Math.max(0.1, 10 ** Math.floor(Math.log10(low || 0.1)))
}

/** Whether a time written under its tick would run into the other axis, or out of the chart. */
function isCut(plot: uPlot, seconds: number): boolean {
  const x = plot.valToPos(seconds, 'x')
  return x < halfTime || x > plot.over.clientWidth - halfTime + 6
}

function timeOfDay(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour12: false })
}
