import { scaleLinear, scaleLog, scaleSymlog, type ScaleContinuousNumeric } from 'd3-scale'
import { milliseconds } from 'forebay'
import { inWords, type Comparison, type Sample } from 'forebay/simulate'

/** One picture of what a strategy does over time. */
export interface Panel {
  readonly title: string
  /** A value of a sample that covers `seconds`; absent where there is none. */
  readonly value: (sample: Sample, seconds: number) => number | undefined
  /** What all strategies are measured against, drawn behind them. */
  readonly backdrop?: (sample: Sample, seconds: number) => number
  readonly limit?: number
  readonly scale: (max: number) => ScaleContinuousNumeric<number, number>
  readonly ticks: number
  readonly label: (value: number) => string
}

const compact = new Intl.NumberFormat('en', { notation: 'compact' })
const short = (value: number): string => compact.format(value)

/** The three questions: does it keep up, how long does it take, where do jobs wait? */
export function panelsOf({ goal }: Comparison): Panel[] {
  return [
    {
      title: 'done per second; grey: arriving',
      value: ({ done }, seconds) => done / seconds,
      backdrop: ({ arrived }, seconds) => arrived / seconds,
      scale: (max) =>
        scaleLinear()
          .domain([0, Math.max(1, max)])
          .nice(4),
      ticks: 4,
      label: short,
    },
    {
      title: 'latency, 99 of 100 jobs, since they arrived',
      value: ({ p99 }) => p99,
      ...(goal.p99 !== undefined && { limit: milliseconds('goal.p99', goal.p99) }),
      scale: (max) =>
        scaleLog()
          .domain([1, Math.max(10, max)])
          .nice()
          .clamp(true),
      ticks: 3,
      label: inWords,
    },
    {
      title: 'jobs held and waiting outside',
      value: ({ held, waiting }) => held + waiting,
      scale: (max) =>
        scaleSymlog()
          .domain([0, Math.max(1, max)])
          .constant(10),
      ticks: 4,
      label: short,
    },
  ]
}
