import { limit } from 'forebay'
import { simulation } from 'forebay/simulate'

/** 16 workers of 40 ms can do 400 jobs a second. For five seconds they are asked for 1,000. */
export const spike = simulation({
  workload: {
    phases: [
      { for: '10s', perSecond: 200 },
      { for: '5s', perSecond: 1000 },
      { for: '15s', perSecond: 200 },
    ],
    work: { time: '40ms', servers: 16 },
    patience: '2s',
  },
  strategies: {
    'no bound': ({ arrivals, work }) =>
      arrivals.ignoreBackpressure().mapAsync(work, { concurrency: 16, order: 'completion' }),
    'producer waits': ({ backlog, work }) => backlog.mapAsync(work, { concurrency: 16, order: 'completion' }),
    'drop newest': ({ arrivals, work }) =>
      arrivals.buffer(512, 'drop-newest').mapAsync(work, { concurrency: 16, order: 'completion' }),
    'drop oldest': ({ arrivals, work }) =>
      arrivals.buffer(512, 'drop-oldest').mapAsync(work, { concurrency: 16, order: 'completion' }),
    'small buffer': ({ arrivals, work }) =>
      arrivals.buffer(64, 'drop-oldest').mapAsync(work, { concurrency: 16, order: 'completion' }),
    'half the workers': ({ arrivals, clock, work }) =>
      arrivals
        .buffer(512, 'drop-oldest')
        .mapAsync(work, { concurrency: 64, order: 'completion', gate: limit(8, { clock }) }),
  },
  goal: { p99: '2s', held: 1000 },
})
