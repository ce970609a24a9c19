import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import type { Chart } from '../model/charts.ts'
import { chartOptions } from './chart-options.ts'
import type { ChartView } from './chart-view.ts'

interface StripProps extends ChartView {
  readonly title: string
  readonly unit: string
  readonly chart: Chart
  readonly show: (value: number) => string
  readonly max?: number
  readonly isLog?: boolean
  readonly empty?: string
}

/** One chart, with the values at the cursor, or the newest, in its head. */
export function Strip(props: StripProps): JSX.Element {
  const { title, unit, chart, from, to, marks, cursor, tone, show, max, isLog = false, empty } = props
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const seen = useRef({ marks, from, to })
  seen.current = { marks, from, to }
  const shape = chart.lines.map(({ label, tone: lineTone, dashed }) => `${label}|${lineTone}|${dashed ?? false}`).join()
  useEffect(() => {
    const element = frame.current
    if (element === null) return undefined
    const size = (): { width: number; height: number } => ({ width: element.clientWidth, height: element.clientHeight })
    const options = chartOptions({
      lines: chart.lines,
      isLog,
      show,
      range: () => [seen.current.from, seen.current.to],
      marks: () => seen.current.marks,
      onCursor: (at) => (cursor.value = at),
      ...(max !== undefined && { max }),
    })
    plot.current = new uPlot({ ...options, ...size() }, toData(chart), element)
    const observer = new ResizeObserver(() => plot.current?.setSize(size()))
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot.current?.destroy()
    }
  }, [shape, tone])
  useEffect(() => plot.current?.setData(toData(chart)), [chart])
  const isEmpty = chart.lines.length === 0 && empty !== undefined
  const at = indexAt(chart.x, cursor.value)
  return (
    <figure class="strip">
      <figcaption>
        <span class="strip-title">
          {title} <span class="soft">{unit}</span>
        </span>
        <span class="strip-values">
          {chart.lines.map(({ label, tone: lineTone, dashed, y, told = y }) => (
            <span key={label} class="strip-value">
              <span class={`key ${lineTone}${dashed === true ? ' dashed' : ''}`} />
              <span class="strip-label">{label}</span>
              <b>{valueText(told[at], show)}</b>
            </span>
          ))}
        </span>
      </figcaption>
      <div class={`strip-frame${isEmpty ? ' empty' : ''}`} ref={frame} aria-hidden="true" />
      {isEmpty && <p class="strip-empty">{empty}</p>}
    </figure>
  )
}

function toData({ x, lines }: Chart): uPlot.AlignedData {
  return [x as number[], ...lines.map(({ y }) => y as (number | null)[])]
}

function valueText(value: number | null | undefined, show: (value: number) => string): string {
  return value === null || value === undefined ? '–' : show(value)
}

/** The newest point that is not after `at`; the last without one. */
function indexAt(x: readonly number[], at: number | undefined): number {
  if (at === undefined) return x.length - 1
  const after = x.findIndex((value) => value > at)
  return after < 0 ? x.length - 1 : Math.max(0, after - 1)
}
