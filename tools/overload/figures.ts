import type { ClientResult } from './client.ts'
import { percentiles } from './latencies.ts'
import type { Played, Scenario } from './world.ts'

/** What one policy made of one case, on the mean of the seeds. */
export interface Figures {
  /** Answers in time, as a share of those that were possible. */
  readonly goodput: number
  readonly p50: number
  readonly p99: number
  /** Share of requests that were refused in the end. */
  readonly refused: number
  /** Tries for each request. */
  readonly tries: number
  /** By client; a fleet has none. */
  readonly clients: Readonly<Record<string, { readonly ok: number; readonly p99: number }>>
  /** Mean limit early (30 s to 60 s), and at the end (the last 30 s); 0 where there is none. */
  readonly limitEarly: number
  readonly limitLate: number
  /** How evenly a fleet shares at last: 1 when all get the same, 1/n when one gets everything (Jain). */
  readonly evenness: number
  /** What each that came later gets at last, as a share of what each that was there before gets. */
  readonly newcomers: number
  readonly cpuMs: number
}

/** The figures of one play. */
export function figuresOf({ clients, limits, cpuMs }: Played, { seconds, possible, gates = 1 }: Scenario): Figures {
  const results = [...clients.values()]
  const sum = (of: (result: ClientResult) => number): number => results.reduce((total, each) => total + of(each), 0)
  const all = results.map(({ latencies }) => latencies)
  const [p50 = 0, p99 = 0] = percentiles(all, [0.5, 0.99])
  const lately = results.map((each) => each.lately)
  const since = (kind: string): number =>
    mean([...clients].filter(([name]) => name.startsWith(kind)).map(([, each]) => each.lately))
  return {
    goodput: sum((each) => each.inTime) / (possible * seconds),
    p50,
    p99,
    refused: sum((each) => each.refused) / sum((each) => each.asked),
    tries: sum((each) => each.tries) / sum((each) => each.asked),
    clients:
      gates > 1
        ? {}
        : Object.fromEntries(
            [...clients].map(([name, each]) => [name, clientFigures(each, all.length > 1 ? undefined : p99)]),
          ),
    limitEarly: mean(limits.slice(30, 60)),
    limitLate: mean(limits.slice(-30)),
    evenness: gates > 1 ? sum((each) => each.lately) ** 2 / (gates * mean(lately.map((n) => n * n)) * gates) : 1,
    newcomers: gates > 1 ? since('new') / since('old') : 1,
    cpuMs,
  }
}

function clientFigures(
  { inTime, asked, latencies }: ClientResult,
  p99 = latencies.percentile(0.99),
): { ok: number; p99: number } {
  return { ok: inTime / asked, p99 }
}

/** The mean of every figure. */
export function meanOf(all: readonly Figures[]): Figures {
  const [first] = all as [Figures]
  const of = (figure: (each: Figures) => number): number => mean(all.map(figure))
  return {
    goodput: of((each) => each.goodput),
    p50: of((each) => each.p50),
    p99: of((each) => each.p99),
    refused: of((each) => each.refused),
    tries: of((each) => each.tries),
    clients: Object.fromEntries(
      Object.keys(first.clients).map((name) => [
        name,
        { ok: of((each) => each.clients[name]?.ok ?? 0), p99: of((each) => each.clients[name]?.p99 ?? 0) },
      ]),
    ),
    limitEarly: of((each) => each.limitEarly),
    limitLate: of((each) => each.limitLate),
    evenness: of((each) => each.evenness),
    newcomers: of((each) => each.newcomers),
    cpuMs: of((each) => each.cpuMs),
  }
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((total, value) => total + value, 0) / values.length
}
