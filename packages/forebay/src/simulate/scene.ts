import { firehose, type Firehose } from '../flow/firehose.ts'
import type { Flow } from '../flow/flow.ts'
import { flow } from '../flow/sources.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Random } from '../kernel/random.ts'
import { arrivedBy } from './arrivals.ts'
import type { Job } from './job.ts'
import type { Servers } from './servers.ts'

/** What a strategy is built from: jobs on one side, the work on the other. */
export class Scene<T = number> {
  /** Virtual time: for gates, timers and whatever else a strategy needs a clock for. */
  readonly clock: Clock
  /** Chance that is the same in every simulation of the same seed. */
  readonly random: Random
  /** Jobs from something that cannot be slowed. A strategy says what becomes of those that do not fit. */
  readonly arrivals: Firehose<Job<T>>
  /** The same jobs from something that can wait, such as a file or a queue: they stay there until they are asked for. */
  readonly backlog: Flow<Job<T>>
  /** Has a job worked on: `mapAsync(scene.work, { concurrency })`. Rejects when the work fails. */
  readonly work: (job: Job<T>, context?: { readonly signal?: AbortSignal }) => Promise<Job<T>>
  readonly #times: Float64Array
  /** Jobs that the strategy has been given. */
  #handed = 0

  constructor(clock: Clock, random: Random, times: Float64Array, item: (index: number) => T, servers: Servers<T>) {
    this.clock = clock
    this.random = random
    this.#times = times
    const next = (): Job<T> => {
      const index = this.#handed++
      return { index, value: item(index), at: times[index] as number }
    }
    this.arrivals = firehose<Job<T>>((emit) => {
      let stop = (): void => {}
      const arrive = (): void => {
        emit(next())
        wait()
      }
      const wait = (): void => {
        const at = times[this.#handed]
        if (at === undefined) emit.end()
        else stop = clock.after(at - clock.now(), arrive)
      }
      wait()
      return () => stop()
    }).named('arrivals')
    this.backlog = flow(this.#waiting(next)).named('backlog')
    this.work = (job, context) => servers.ask(job, context?.signal)
  }

  /** Jobs that have arrived and wait for the strategy to ask for them. */
  get waiting(): number {
    return arrivedBy(this.#times, this.clock.now()) - this.#handed
  }

  async *#waiting(next: () => Job<T>): AsyncGenerator<Job<T>> {
    while (this.#handed < this.#times.length) {
      const inMs = (this.#times[this.#handed] as number) - this.clock.now()
      if (inMs > 0) await new Promise<void>((resolve) => void this.clock.after(inMs, resolve))
      yield next()
    }
  }
}
