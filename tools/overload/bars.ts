import type { Figures } from './figures.ts'

/** What `tide` has to reach in a case, or the suite is red. */
export interface Bar {
  readonly what: string
  readonly value: (figures: Figures) => number
  readonly least?: number
  readonly most?: number
}

/** The p99 of a request that never queues: network and the 99th percentile of the service time, ms. */
const unloadedP99 = 58

const goodput = (least: number): Bar => ({ what: 'goodput', value: (figures) => figures.goodput, least })
const p99 = (most: number): Bar => ({ what: 'p99, ms', value: (figures) => figures.p99, most })
const served = (client: string, least: number): Bar => ({
  what: `${client} served`,
  value: ({ clients }) => clients[client]?.ok ?? 0,
  least,
})
const drift: Bar = {
  what: 'limit after 600 s / after 60 s',
  value: ({ limitEarly, limitLate }) => limitLate / limitEarly,
  least: 0.8,
  most: 1.2,
}
/** Ten minutes take less than 2 s of an idle core, and half as much again where a dozen other programs want it too. */
const cpu: Bar = { what: 'CPU time, ms', value: ({ cpuMs }) => cpuMs, most: 3000 }
const even = (least: number): Bar => ({ what: 'evenness', value: ({ evenness }) => evenness, least })

/** The bars, by case. Those of the weak cases (bimodal, low rate, clocks off) are higher than any figure that we knew of. */
export const bars: Readonly<Record<string, readonly Bar[]>> = {
  '0.7x': [{ what: 'refused', value: ({ refused }) => refused, most: 0.002 }, p99(1.1 * unloadedP99)],
  '2x': [goodput(0.97), p99(1.25 * unloadedP99)],
  '5x': [goodput(0.97), p99(1.25 * unloadedP99)],
  '10x': [goodput(0.97), p99(1.25 * unloadedP99)],
  'burst 5x': [goodput(0.97), p99(1.5 * unloadedP99)],
  'slow x4': [goodput(0.95)],
  'thrash 3x': [goodput(0.9)],
  'mixed 3x': [
    served('critical', 0.999),
    { what: 'p99 of critical, ms', value: ({ clients }) => clients['critical']?.p99 ?? 0, most: 1.25 * unloadedP99 },
    goodput(0.97),
  ],
  'greedy 5x': [served('b', 0.97), served('c', 0.97), goodput(0.97)],
  bimodal: [goodput(0.95)],
  'low rate': [goodput(0.95)],
  'cpu-bound': [goodput(0.97)],
  'knee 20 to 204': [goodput(0.95)],
  'cv 2': [goodput(0.95)],
  'drift 1.1x': [drift, goodput(0.97), cpu],
  'drift 2x': [drift, goodput(0.97), cpu],
  'fleet 3, 2x': [goodput(0.97), p99(1.5 * unloadedP99)],
  'fleet 8, 2x': [goodput(0.97), p99(1.5 * unloadedP99), even(0.85)],
  'fleet 8, 5x': [goodput(0.97), p99(1.5 * unloadedP99), even(0.85)],
  'fleet 24, 2x': [goodput(0.97), p99(2.5 * unloadedP99)],
  'fleet 8, 2x, clocks off': [goodput(0.97), p99(1.5 * unloadedP99), even(0.85)],
  'retries 3x, budget': [goodput(0.97), { what: 'tries', value: ({ tries }) => tries, most: 1.11 }],
}

/** What of its bars a case has missed, in words. */
export function missed(name: string, figures: Figures): string[] {
  return (bars[name] ?? []).flatMap(({ what, value, least = -Infinity, most = Infinity }) => {
    const got = value(figures)
    if (got >= least && got <= most) return []
    const wanted = got < least ? `at least ${round(least)}` : `at most ${round(most)}`
    return [`${name}: ${what} is ${round(got)}, expected ${wanted}`]
  })
}

function round(value: number): string {
  return String(Number(value.toPrecision(3)))
}
