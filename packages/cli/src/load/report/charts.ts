import { scaleLinear, scaleLog, type ScaleContinuousNumeric } from 'd3-scale'
import { inWords } from 'forebay/simulate'
import type { Chart, Point } from '../../chart/draw-chart.ts'
import type { LoadResult } from '../drive/result.ts'
import type { LoadWindow } from '../measure/recorder.ts'

/** A chart with the names of its lines. */
export interface NamedChart extends Chart {
  readonly names: readonly string[]
}

const compact = new Intl.NumberFormat('en', { notation: 'compact' })

/** Numbers of the colours in the style. */
const blue = 0
const orange = 1
const green = 2
const pink = 3
const yellow = 4

const fromZero = (max: number): ScaleContinuousNumeric<number, number> =>
  scaleLinear()
    .domain([0, Math.max(1, max)])
    .nice(4)
const logarithmic = (max: number): ScaleContinuousNumeric<number, number> =>
  scaleLog()
    .domain([1, Math.max(10, max)])
    .nice()
    .clamp(true)

/** What happened over time: rates, latencies, and who got what. */
export function chartsOf({ windows, phases, playedMs }: LoadResult): NamedChart[] {
  const axis = { end: playedMs, marks: phases.slice(1).flatMap(({ from }) => (from < playedMs ? [from] : [])) }
  const tenants = Object.entries(windows.tenants)
  const rates = { ...axis, scale: fromZero, ticks: 4, label: (value: number) => compact.format(value) }
  const times = { ...axis, scale: logarithmic, ticks: 3, label: inWords }
  const charts: NamedChart[] = [
    {
      ...rates,
      title: 'requests a second, by what became of them',
      names: ['ok', 'shed', 'late or timed out', 'failed', 'not sent'],
      backdrop: steps(windows.all),
      lines: [
        { colour: green, points: points(windows.all, rate(['ok'])) },
        { colour: yellow, points: points(windows.all, rate(['shed'])) },
        { colour: orange, points: points(windows.all, rate(['late', 'timedOut'])) },
        { colour: pink, points: points(windows.all, rate(['failed'])) },
        { colour: blue, points: points(windows.all, rate(['saturated', 'withheld', 'unfinished'])) },
      ],
    },
    {
      ...times,
      title: 'latency, from the scheduled instant',
      names: ['p50', 'p90', 'p99', 'max'],
      lines: (['p50', 'p90', 'p99', 'max'] as const).map((name, index) => ({
        colour: [blue, green, orange, pink][index] as number,
        points: points(windows.all, ({ latency }) => latency?.[name]),
      })),
    },
  ]
  if (tenants.length < 2) return charts
  const names = tenants.map(([name]) => name)
  const each = (value: (window: LoadWindow) => number | undefined): Chart['lines'] =>
    tenants.map(([, own], colour) => ({ colour, points: points(own, value) }))
  return [
    ...charts,
    { ...rates, title: 'ok a second, by tenant', names, lines: each(rate(['ok'])) },
    { ...rates, title: 'offered a second, by tenant', names, lines: each(perSecond(({ offered }) => offered)) },
    { ...times, title: 'p99, by tenant', names, lines: each(({ latency }) => latency?.p99) },
  ]
}

type Counted = 'ok' | 'shed' | 'late' | 'timedOut' | 'failed' | 'saturated' | 'withheld' | 'unfinished'

function rate(names: readonly Counted[]): (window: LoadWindow) => number {
  return perSecond((window) => names.reduce((sum, name) => sum + window[name], 0))
}

function perSecond(count: (window: LoadWindow) => number): (window: LoadWindow) => number {
  return (window) => (1000 * count(window)) / (window.to - window.from)
}

/** A value in the middle of each window. */
function points(windows: readonly LoadWindow[], value: (window: LoadWindow) => number | undefined): Point[] {
  return windows.map((window) => [(window.from + window.to) / 2, value(window)])
}

function steps(windows: readonly LoadWindow[]): Point[] {
  const offered = perSecond((window) => window.offered)
  const [first] = windows
  return [
    ...(first === undefined ? [] : [[first.from, offered(first)] as const]),
    ...windows.map((window) => [window.to, offered(window)] as const),
  ]
}
