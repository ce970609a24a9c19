import { checkFunction } from '../../kernel/check.ts'
import { settle, type Context } from '../../kernel/context.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import { BUSY, type StageAccount } from '../../kernel/stage-account.ts'
import type { Flow } from '../flow.ts'
import { isThenable, promised } from '../../kernel/is-thenable.ts'
import { junction } from '../junction.ts'
import { Passage } from '../junctions/passage.ts'
import { checkResource, Resource, type ResourceUse } from './resource.ts'

/** Work on items with a resource; see {@link mapWithResource}. */
export interface MapWithResourceOptions<R, A, B> extends ResourceUse<R> {
  /** The result for an item; one call is out at a time. */
  map: (resource: R, item: A, signal: AbortSignal) => B | PromiseLike<B>
}

/**
 * What `map` makes of each item with something that is opened for each run and must be closed: a statement, a parser,
 * a file. One item is worked on at a time, the resource opened for the first. `close` is called exactly once for a
 * resource that was opened, also when the flow was cancelled while it was being opened, and never while `map` is at
 * work; the end waits for it. An error of `open`, `map` or `close` fails the flow.
 *
 * Emits: when the result of an item is there. Backpressures: when downstream does, and while an item is worked on.
 * Completes: when upstream has, the last result is handed on and the resource closed. Cancels: when downstream cancels,
 * or something fails; calls that are out are told by their signal. Loses: the item whose work has failed.
 */
export function mapWithResource<R, A, B>(options: MapWithResourceOptions<R, A, B>): (flow: Flow<A>) => Flow<B> {
  checkResource('mapWithResource', options)
  checkFunction('mapWithResource map', options.map)
  return junction<A, B>(
    'mapWithResource',
    { cardinality: 'one', bound: 1 },
    (env, stage) => new MapWithResource<R, A, B>(options, env, stage),
  )
}

/** One item at a time: `opening` waits for the resource, `working` for its result, `ready` for downstream. */
class MapWithResource<R, A, B> extends Passage<A, B> {
  readonly #map: MapWithResourceOptions<R, A, B>['map']
  readonly #resource: Resource<R>
  #item: 'none' | 'opening' | 'working' | 'ready' = 'none'
  #value: A | B | undefined
  #context: Context | undefined
  readonly #done = (result: unknown): void => {
    if (this.isOver) return this.#resource.close()
    this.#ready(result as B)
    this.changed()
  }
  readonly #failed = (error: unknown): void => {
    if (this.isOver) return this.#resource.close()
    this.#failItem(error)
    this.changed()
  }

  constructor(options: MapWithResourceOptions<R, A, B>, env: RunEnvironment, stage: StageAccount) {
    super(env, stage)
    this.#map = options.map
    this.#resource = new Resource(options, env, () => this.#resourceChanged())
  }

  protected take(value: A, context: Context | undefined): void {
    const resource = this.#resource
    resource.open()
    if (resource.state === 'closed') throw resource.failure?.error
    if (resource.state === 'open') this.#work(value)
    else {
      this.#value = value
      this.#item = 'opening'
    }
    this.#context = context
  }

  protected hand(port: Port): void {
    const value = this.#value as B
    const context = this.#context
    this.#forget()
    this.emit(port, value, context)
  }

  protected room(): number {
    return this.#item === 'none' && this.hasCredit() ? 1 : 0
  }

  protected held(): number {
    return this.#item === 'none' ? 0 : 1
  }

  protected override isReady(): boolean {
    return this.#item === 'ready'
  }

  /** The end waits until the resource is closed. */
  protected override isDry(): boolean {
    if (this.#item !== 'none') return false
    const resource = this.#resource
    resource.close()
    if (resource.state !== 'closed') return false
    if (this.end?.failed !== true && resource.failure !== undefined) this.#failWith(resource.failure.error)
    return true
  }

  protected abandon(reason: 'cancelled' | 'failed', cause: unknown): void {
    const isWorking = this.#item === 'working'
    if (this.#item !== 'none') this.lose(this.#context, reason, 'returned')
    this.#forget()
    this.#resource.abort(cause)
    // Not under a call that is out.
    if (!isWorking) this.#resource.close()
  }

  protected override account(): void {
    if (this.#item === 'opening' || this.#item === 'working') this.stage.to(BUSY)
    else super.account()
  }

  #resourceChanged(): void {
    if (this.isOver) return
    if (this.#item === 'opening') {
      try {
        const { state, failure } = this.#resource
        if (state === 'closed') throw failure?.error
        this.#work(this.#value as A)
      } catch (error) {
        this.#failItem(error)
      }
    }
    this.changed()
  }

  #work(value: A): void {
    const result = this.#map(this.#resource.value, value, this.#resource.signal)
    if (isThenable(result)) {
      this.#item = 'working'
      promised(result).then(this.#done, this.#failed)
    } else this.#ready(result as B)
  }

  #ready(result: B): void {
    this.#item = 'ready'
    this.#value = result
  }

  #forget(): void {
    this.#item = 'none'
    this.#value = this.#context = undefined
  }

  #failItem(error: unknown): void {
    const context = this.#context
    this.#forget()
    this.stage.failed++
    settle(context, 'failed', error)
    this.#failWith(error)
  }

  /** Also behind the end of the input. */
  #failWith(error: unknown): void {
    if (this.end === undefined) this.endInput({ error })
    else this.end = { failed: true, error }
  }
}
