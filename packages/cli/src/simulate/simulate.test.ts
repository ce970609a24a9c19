import { limit } from 'forebay/gates'
import { simulation, type Comparison } from 'forebay/simulate'
import { expect, test } from 'vitest'
import { UsageError } from '../errors/exit-codes.ts'
import { chart } from './chart.ts'
import { page } from './page.ts'
import { parseGoal } from './parse-goal.ts'
import { report } from './report.ts'

const hostile = '<script>alert("&")</script>'
const comparison: Comparison = await simulation({
  workload: { phases: [{ for: '1s', perSecond: 200 }], work: { time: '8ms' }, patience: '100ms' },
  strategies: {
    'no bound': ({ arrivals, work }) => arrivals.ignoreBackpressure().mapAsync(work),
    'drop oldest': ({ arrivals, work }) => arrivals.buffer(4, 'drop-oldest').mapAsync(work),
    [hostile]: ({ arrivals, work }) => arrivals.buffer(4, 'fail').mapAsync(work),
  },
  goal: { p99: '100ms', held: 100 },
}).run()

test('goals are read', () => {
  expect(parseGoal('p99<500ms, missed<=1%,held<1000')).toEqual({ p99: 500, missed: 0.01, held: 1000 })
  expect(parseGoal('p99<2s')).toEqual({ p99: 2000 })
  expect(parseGoal('missed<0.5')).toEqual({ missed: 0.5 })
})

test.each(['', 'p99', 'p99<', 'p99<fast', 'p99>1s', 'missed<200%', 'missed<-1', 'held<1.5', 'loss<1', 'p99<1s;held<3'])(
  'the goal %j is not understood',
  (text) => {
    expect(() => parseGoal(text)).toThrow(UsageError)
  },
)

test('the report has a line for every strategy and marks the one to take', () => {
  const lines = report(comparison).split('\n')

  expect(lines[0]).toMatch(/^\d+ jobs in 1 s$/)
  expect(lines.find((line) => line.includes('no bound'))).toMatch(/^× .*unbounded/)
  expect(lines.find((line) => line.includes('drop oldest'))).toMatch(/^→ .*drop-oldest \d+$/)
  expect(lines.find((line) => line.includes(hostile))).toMatch(/^× .*failed: /)
  expect(lines).toContain(comparison.why)
})

test.each([
  ['page', page],
  ['chart', chart],
])('the %s draws a line in every panel for every strategy, and shows names as text', (_, draw) => {
  const drawn = draw(comparison, hostile)

  expect(drawn).not.toContain('<script')
  expect(drawn).not.toMatch(/NaN|undefined|Infinity/)
  expect(drawn).toContain('&lt;script&gt;')
  for (let index = 0; index < 3; index++) {
    expect(drawn.match(new RegExp(`<path class="line s${index}" d="M`, 'g'))).toHaveLength(3)
  }
})

test('the report and the page say who got what, where the workload names somebody', async () => {
  const named = await simulation({
    workload: {
      phases: [{ for: '1s', perSecond: 100 }],
      work: { time: '1ms' },
      who: (index) => (index % 2 === 0 ? 'even' : hostile),
    },
    strategies: { gate: ({ clock }) => limit(5, { clock }) },
  }).run()

  expect(report(named)).toMatch(/^ +done in time +.*even$/m)
  expect(report(named)).toMatch(/^ +gate +100 % +100 %$/m)
  expect(page(named, '')).toMatch(/<th>even<\/th>/)
  expect(page(named, '')).not.toContain('<script')
  expect(report(comparison)).not.toContain('done in time')
})
