/** What the text format knows of a metric. */
export type MetricType = 'counter' | 'gauge' | 'histogram'

export type Labels = Readonly<Record<string, string>>

interface Family {
  readonly type: MetricType
  readonly help: string
  readonly lines: string[]
}

/** Longest label value; what is longer ends in `…`. */
const MAX_LABEL = 120

/**
 * Collects samples by family and writes them in the Prometheus text format 0.0.4: each family once, its `HELP` and
 * `TYPE` first. At most `maxSeries` samples; what comes beyond is counted in {@link leftOut} and not kept.
 */
export class Exposition {
  leftOut = 0
  #series = 0
  readonly #families = new Map<string, Family>()
  readonly #maxSeries: number

  constructor(maxSeries: number) {
    this.#maxSeries = maxSeries
  }

  add(type: MetricType, name: string, help: string, labels: Labels, value: number): void {
    this.#line(type, name, help, name, labels, value)
  }

  /** Counts by upper bound, the last without bound, as cumulative buckets. Left out as a whole when there is no room. */
  addHistogram(
    name: string,
    help: string,
    labels: Labels,
    histogram: { bounds: readonly number[]; counts: readonly number[]; sum: number },
  ): void {
    if (this.#series + histogram.counts.length + 2 > this.#maxSeries) {
      this.leftOut += histogram.counts.length + 2
      return
    }
    let count = 0
    for (const [index, inBucket] of histogram.counts.entries()) {
      count += inBucket
      const bound = histogram.bounds[index]
      const le = bound === undefined ? '+Inf' : number(bound)
      this.#line('histogram', name, help, `${name}_bucket`, { ...labels, le }, count)
    }
    this.#line('histogram', name, help, `${name}_sum`, labels, histogram.sum)
    this.#line('histogram', name, help, `${name}_count`, labels, count)
  }

  toString(): string {
    let text = ''
    for (const [name, { type, help, lines }] of this.#families) {
      text += `# HELP ${name} ${escape(help, false)}\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`
    }
    return text
  }

  #line(type: MetricType, family: string, help: string, name: string, labels: Labels, value: number): void {
    if (this.#series >= this.#maxSeries) {
      this.leftOut++
      return
    }
    this.#series++
    let found = this.#families.get(family)
    if (found === undefined) {
      found = { type, help, lines: [] }
      this.#families.set(family, found)
    }
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escape(text, true)}"`)
    found.lines.push(`${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${number(value)}`)
  }
}

/** A label value that fits, whatever somebody named a stage. */
export function labelValue(text: string): string {
  return text.length > MAX_LABEL ? `${text.slice(0, MAX_LABEL - 1)}…` : text
}

function escape(text: string, isLabel: boolean): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return isLabel ? escaped.replaceAll('"', '\\"') : escaped
}

function number(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity) return '+Inf'
  return value === -Infinity ? '-Inf' : String(value)
}
