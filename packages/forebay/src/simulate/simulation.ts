import { checkFunction, checkInteger, show } from '../kernel/check.ts'
import { milliseconds, type Duration } from '../kernel/duration.ts'
import { seededRandom } from '../kernel/random.ts'
import { arrivalTimes } from './arrivals.ts'
import { checkGoal, type Goal } from './goal.ts'
import { recommend, type Recommendation } from './recommend.ts'
import { tryStrategy, type Outcome, type Strategy } from './try-strategy.ts'
import { checkWorkload, type Stretch, type Workload } from './workload.ts'

const MAX_SEED = 0xffffffff

export interface SimulationOptions<T = number> {
  workload: Workload<T>
  /** The ways to compare, by name. */
  strategies: Readonly<Record<string, Strategy<T>>>
  /** What a strategy has to keep to be recommended; default nothing. */
  goal?: Goal
  /** How long after the last phase jobs may still be done; default 30 s. */
  drainFor?: Duration
  /** Default 1. The same seed gives the same result everywhere. */
  seed?: number
}

/** How the strategies did, in the order in which they were given. */
export interface Comparison extends Recommendation {
  readonly outcomes: readonly Outcome[]
  readonly goal: Goal
  /** Phases of the workload, ms from the beginning. */
  readonly phases: readonly Stretch[]
}

/** A workload and the strategies that are to be compared on it. */
export class Simulation<T = number> {
  readonly #options: SimulationOptions<T>
  readonly #stretches: readonly Stretch[]

  constructor(options: SimulationOptions<T>) {
    this.#options = options
    this.#stretches = checkWorkload(options.workload)
    checkGoal(options.goal ?? {})
    milliseconds('drainFor', options.drainFor ?? '30s')
    checkInteger('seed', options.seed ?? 1, 0, MAX_SEED)
    const strategies = Object.entries(options.strategies ?? {})
    if (strategies.length === 0)
      throw new TypeError(`strategies: expected one or more, got ${show(options.strategies)}`)
    for (const [name, strategy] of strategies) checkFunction(`strategies.${name}`, strategy)
  }

  /**
   * Runs every strategy in virtual time, on the same arrivals and with the same times of work. `goal` and `seed`
   * replace those of the simulation.
   */
  async run(options: { goal?: Goal; seed?: number } = {}): Promise<Comparison> {
    const { workload, strategies, drainFor = '30s' } = this.#options
    const { goal = this.#options.goal ?? {}, seed = this.#options.seed ?? 1 } = options
    checkGoal(goal)
    checkInteger('seed', seed, 0, MAX_SEED)
    const stretches = this.#stretches
    const times = arrivalTimes(stretches, seededRandom(seed))
    const setting = { workload, stretches, times, seed, drainMs: milliseconds('drainFor', drainFor) }
    const outcomes: Outcome[] = []
    for (const [name, strategy] of Object.entries(strategies)) outcomes.push(await tryStrategy(name, strategy, setting))
    return { outcomes, goal, phases: stretches, ...recommend(outcomes, goal) }
  }
}

/**
 * Compares strategies on a workload, in virtual time: an hour of traffic takes seconds.
 *
 * @example
 * export default simulation({
 *   workload: {
 *     phases: [{ for: '10s', perSecond: 200 }, { for: '5s', perSecond: 1000 }, { for: '10s', perSecond: 200 }],
 *     work: { time: '40ms', servers: 16 },
 *     patience: '2s',
 *   },
 *   strategies: {
 *     wait: ({ backlog, work }) => backlog.mapAsync(work, { concurrency: 16 }),
 *     'drop oldest': ({ arrivals, work }) => arrivals.buffer(256, 'drop-oldest').mapAsync(work, { concurrency: 16 }),
 *   },
 *   goal: { p99: '2s', missed: 0.3 },
 * })
 */
export function simulation<T = number>(options: SimulationOptions<T>): Simulation<T> {
  return new Simulation<T>(options)
}
