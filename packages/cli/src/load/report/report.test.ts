import { expect, test } from 'vitest'
import { Tally, type Figures } from '../measure/tally.ts'
import type { LoadResult } from '../drive/result.ts'
import { parseExpectations, unmet } from './expect.ts'
import { page } from './page.ts'
import { remarksOf } from './remarks.ts'
import { report } from './report.ts'

const hostile = '<script>alert("&")</script>'

function figures(ok: number, shed: number, seconds: number, latencyMs = 20): Figures {
  const tally = new Tally()
  for (let i = 0; i < ok; i++) tally.add('ok', latencyMs, 1)
  for (let i = 0; i < shed; i++) tally.add('shed', 1, 2)
  return tally.figures(seconds)
}

const window = (from: number, ok: number, shed: number) => ({ from, to: from + 1000, ...figures(ok, shed, 1) })

const result: LoadResult = {
  url: 'http://127.0.0.1/',
  seed: 3,
  playedMs: 2000,
  isInterrupted: false,
  total: figures(190, 10, 2),
  phases: [
    { name: 'calm', from: 0, to: 1000, ...figures(100, 0, 1), tenants: { [hostile]: figures(100, 0, 1) } },
    { name: 'the.spike', from: 1000, to: 2000, ...figures(90, 10, 1, 300), tenants: {} },
  ],
  tenants: { [hostile]: figures(100, 0, 2), b: figures(90, 10, 2) },
  levels: { 0: figures(0, 0, 2) },
  answers: { '200': { count: 190, latency: undefined }, '503': { count: 10, latency: undefined } },
  retryAfter: { told: 10, ignored: 2 },
  lag: { p50: 1, p90: 1, p99: 45, p999: 60, max: 60, mean: 1 },
  windows: {
    all: [window(0, 100, 0), window(1000, 90, 10)],
    tenants: { [hostile]: [window(0, 50, 0), window(1000, 0, 0)], b: [window(0, 50, 0), window(1000, 40, 10)] },
  },
}

test('what is as expected says nothing', () => {
  const all =
    'p99<21ms, ok>=95%,shed<=0.05,goodput>=95/s,tenants.b.ok>=0.9,phases.the.spike.p50>0.2s,max<21,levels.0.ok<=0'

  expect(unmet(parseExpectations(all), result)).toEqual([])
})

test('what is not as expected says what it is', () => {
  const none =
    'p99<20ms,ok>=96%,goodput>95/s,phases.the.spike.p99<200ms,tenants.c.ok>0,tenants.constructor.ok>0,levels.0.p50<1s'

  expect(unmet(parseExpectations(none), result)).toEqual([
    'p99<20ms: it is 20 ms',
    'ok>=96%: it is 0.9500',
    'goodput>95/s: it is 95.0/s',
    'phases.the.spike.p99<200ms: it is 300 ms',
    'tenants.c.ok>0: there is no such part',
    'tenants.constructor.ok>0: there is no such part',
    'levels.0.p50<1s: nothing was answered',
  ])
})

test.each([
  '',
  'p99',
  'p99<',
  'p99<fast',
  'p99=3',
  'ok>=101%',
  'ok>-1',
  'goodput>1/day',
  'speed<3',
  'colours.x.ok>0',
  'a.ok>0',
])('the expectation %j is not understood', (text) => {
  expect(() => parseExpectations(text)).toThrow(/^expect: expected for instance/)
})

test('the report has a row for every part, and says what a reader has to know', () => {
  const lines = report(result).split('\n')

  expect(lines[0]).toBe('http://127.0.0.1/: 200 requests in 2 s, seed 3')
  expect(lines.filter((line) => /^(everything|phase|tenant|level|·)/.test(line))).toHaveLength(7)
  expect(lines.find((line) => line.startsWith('everything'))).toMatch(
    /200 +95 % +95\.0\/s +20 ms .* 5\.0 % +– +– +– +–$/,
  )
  expect(remarksOf(result)).toEqual([
    expect.stringMatching(/^This client was late itself: 45 ms at p99/),
    '200 requests took 210 attempts.',
    '10 refusals said when to come back; 2 attempts came before, 0 requests were withheld.',
    'Other than well: 503 10 times.',
  ])
})

test('the page draws every line, shows names as text, and is made of nothing but itself', () => {
  const drawn = page(result)

  expect(drawn).not.toContain('<script')
  expect(drawn).not.toMatch(/NaN|undefined|Infinity|https?:\/\/(?!127)/)
  expect(drawn.match(/<figure>/g)).toHaveLength(5)
  expect(drawn.match(/<path class="line s\d" d="M/g)).toHaveLength(5 + 4 + 2 + 2 + 2)
  expect(drawn.match(/<tr class/g)).toHaveLength(7)
})

test('the page of a run without anything has its charts all the same', () => {
  const nothing = {
    ...result,
    total: figures(0, 0, 0),
    phases: [],
    tenants: {},
    levels: {},
    playedMs: 0,
    windows: { all: [], tenants: {} },
  }

  expect(page(nothing)).not.toMatch(/NaN|undefined|Infinity/)
})
