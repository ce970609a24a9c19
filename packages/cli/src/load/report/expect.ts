import { milliseconds, type Duration } from 'forebay'
import { inWords } from 'forebay/simulate'
import type { LoadResult } from '../drive/result.ts'
import { endings, type Figures } from '../measure/tally.ts'
import { requestsPerSecond } from '../plan/rate.ts'

const latencies = ['p50', 'p90', 'p99', 'p999', 'max', 'mean'] as const
type Comparison = '<' | '<=' | '>' | '>='
const comparisons: Readonly<Record<Comparison, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

type Metric = (typeof latencies)[number] | (typeof endings)[number] | 'goodput'

/** One thing that a result has to be. */
export interface Expectation {
  readonly text: string
  /** Of which part: everything, or one phase, tenant or level. */
  readonly part: { readonly of: 'total' } | { readonly of: 'phases' | 'tenants' | 'levels'; readonly name: string }
  readonly metric: Metric
  readonly comparison: Comparison
  readonly bound: number
}

const HINT = 'expected for instance p99<200ms,ok>=0.99,tenants.b.ok>=0.995,phases.spike.goodput>=450/s'

/** Reads expectations such as `p99<200ms,ok>=99%`. Throws `RangeError` for what it does not understand. */
export function parseExpectations(text: string): Expectation[] {
  return text.split(',').map((part) => {
    const pattern = /^\s*(?:(phases|tenants|levels)\.(.+)\.)?(\w+)\s*(<=?|>=?)\s*(\S+)\s*$/
    const [, of, name, metric, comparison, value] = pattern.exec(part) ?? []
    const bound = metric === undefined || value === undefined ? undefined : boundOf(metric, value)
    if (bound === undefined) throw new RangeError(`expect: ${HINT}, got '${part}'`)
    return {
      text: part.trim(),
      part: (of === undefined ? { of: 'total' } : { of, name }) as Expectation['part'],
      metric: metric as Metric,
      comparison: comparison as Comparison,
      bound,
    }
  })
}

function boundOf(metric: string, value: string): number | undefined {
  try {
    if (latencies.some((name) => name === metric)) {
      return milliseconds('expect', (/^[\d.]+$/.test(value) ? Number(value) : value) as Duration)
    }
    if (metric === 'goodput') return requestsPerSecond('expect', value)
  } catch {
    return undefined
  }
  const [, digits, sign] = /^([\d.]+)(%?)$/.exec(value) ?? []
  const share = Number(digits) / (sign === '%' ? 100 : 1)
  return endings.some((name) => name === metric) && share >= 0 && share <= 1 ? share : undefined
}

/** What is not as it was expected, in words; empty when all is. Nothing answered means no latency, which keeps no bound. */
export function unmet(expectations: readonly Expectation[], result: LoadResult): string[] {
  return expectations.flatMap((expectation) => {
    const { text, metric, comparison, bound } = expectation
    const figures = partOf(expectation, result)
    if (figures === undefined) return [`${text}: there is no such part`]
    const value = valueOf(figures, metric)
    if (value !== undefined && comparisons[comparison](value, bound)) return []
    return [`${text}: ${value === undefined ? 'nothing was answered' : `it is ${inText(metric, value)}`}`]
  })
}

function partOf({ part }: Expectation, result: LoadResult): Figures | undefined {
  if (part.of === 'total') return result.total
  if (part.of === 'phases') return result.phases.find(({ name }) => name === part.name)
  return Object.hasOwn(result[part.of], part.name) ? result[part.of][part.name] : undefined
}

function valueOf(figures: Figures, metric: Metric): number | undefined {
  if (metric === 'goodput') return figures.goodput
  const latency = latencies.find((name) => name === metric)
  if (latency !== undefined) return figures.latency?.[latency]
  return figures.offered === 0 ? 0 : figures[metric as (typeof endings)[number]] / figures.offered
}

function inText(metric: Metric, value: number): string {
  if (metric === 'goodput') return `${value.toFixed(1)}/s`
  return latencies.some((name) => name === metric) ? inWords(value) : value.toFixed(4)
}
