import { checkInteger } from '../../kernel/check.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { Flow } from '../flow.ts'
import { junction } from '../junction.ts'
import { MapAsync } from '../map-async.ts'
import { workOptions, type MapAsyncOptions, type Work, type WorkContext } from '../work-options.ts'
import type { Elastic } from './elastic.ts'
import { Scaler } from './scaler.ts'

/** Options of `mapAsyncElastic`: those of `mapAsync`, with a concurrency that follows the load. */
export interface MapAsyncElasticOptions<A, B> extends Omit<MapAsyncOptions<A, B>, 'concurrency'> {
  /** Items worked on at once, as many as are needed; made by `elastic({ min, max })`. */
  concurrency: Elastic
}

type Fn<A, B> = (value: A, work: WorkContext) => B | PromiseLike<B>

/**
 * `mapAsync` with as many items at once as the load needs: more while items wait for too long or all places are taken
 * all the time, fewer after fewer have been enough for a while, and no more where that would not help. It begins with
 * the `min` of its `elastic`; `buffer`, when given, is at least its `max`.
 *
 * Throws `TypeError` for a concurrency that is not `elastic(…)`, and what `mapAsync` throws.
 *
 * Emits: when the result of the next item in order is there; with `order: 'completion'` when any result is.
 * Backpressures: when as many items are under way as may be now, or `buffer` are held, those that wait for downstream included.
 * Completes: when upstream completes and all work has ended and was handed on.
 * Cancels: when downstream cancels, or an item fails under `onError: 'stop'`; the signals of work under way abort.
 * Loses: nothing, except items that fail under `onError: 'resume'` (reason `error`) or `dead-letter`.
 *
 * @example
 * orders.via(mapAsyncElastic(save, { concurrency: elastic({ min: 2, max: 64, target: '2s' }) }))
 */
export function mapAsyncElastic<A, B>(fn: Fn<A, B>, options: MapAsyncElasticOptions<A, B>): (flow: Flow<A>) => Flow<B> {
  const { concurrency: elastic, ...rest } = options
  if (typeof elastic !== 'object' || elastic === null || !('limits' in elastic)) {
    throw new TypeError('concurrency: expected elastic({ min, max }); for a fixed number take mapAsync')
  }
  const { max } = elastic
  const { buffer = max } = rest
  checkInteger('buffer', buffer, max)
  const work = workOptions<A>('mapAsync', { ...rest, buffer, concurrency: max })
  return junction<A, B>(
    'mapAsync',
    { cardinality: 'one', bound: buffer, name: work.name, slots: max, sync: false },
    (env, stage) =>
      new ElasticMapAsync(fn, { ...work, concurrency: elastic.min }, options.fallback, elastic, env, stage),
  )
}

class ElasticMapAsync<A, B> extends MapAsync<A, B> {
  readonly #elastic: Elastic
  /** The same object as `work`, of this run alone. */
  readonly #now: { concurrency: number }
  #scaler: Scaler | undefined

  constructor(
    fn: Fn<A, B>,
    work: Work<A>,
    fallback: ((item: A, error: unknown) => B) | undefined,
    elastic: Elastic,
    env: RunEnvironment,
    stage: StageAccount,
  ) {
    super(fn, work, fallback, env, stage)
    this.#elastic = elastic
    this.#now = work
    stage.resize(elastic.min)
  }

  override open(): void {
    this.#scaler = new Scaler(
      this.#elastic,
      this.env,
      this.stage,
      (concurrency) => {
        this.#now.concurrency = concurrency
        this.#resize()
        this.settle()
      },
      () => this.#resize(),
    )
    super.open()
  }

  protected override settle(): void {
    this.#scaler?.moved()
    super.settle()
  }

  protected override inputEnded(): void {
    this.#scaler?.close()
    super.inputEnded()
  }

  protected override close(reason: unknown): void {
    this.#scaler?.close()
    super.close(reason)
  }

  /** Work that is under way goes on, so slots that are to go may be taken still. */
  #resize(): true {
    const { stage } = this
    const [busy, blocked, , gated] = stage.inspect().slotsIn ?? [0, 0, 0, 0]
    stage.resize(Math.max(this.#now.concurrency, busy + blocked + gated))
    return true
  }
}
