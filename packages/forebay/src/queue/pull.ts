import type { Clock } from '../kernel/clock.ts'
import type { Delivery } from './delivery.ts'

/** One call that asked for deliveries, until it is answered. */
export class Pull<T> {
  readonly #max: number
  readonly #got: Delivery<T>[] = []
  readonly #resolve: (deliveries: Delivery<T>[]) => void
  readonly #reject: (error: unknown) => void
  /** Answers as soon as nothing more is ready. */
  readonly takesWhatIsReady: boolean
  #stop: (() => void)[] = []
  #isOver = false

  constructor(
    options: { max: number; waitMs: number; clock: Clock; signal: AbortSignal | undefined },
    answer: { resolve: (deliveries: Delivery<T>[]) => void; reject: (error: unknown) => void },
    onOver: (pull: Pull<T>) => void,
  ) {
    this.#max = options.max
    this.takesWhatIsReady = options.waitMs === 0
    this.#resolve = answer.resolve
    this.#reject = answer.reject
    const { waitMs, signal } = options
    if (waitMs > 0 && waitMs !== Infinity)
      this.#stop.push(
        options.clock.after(waitMs, () => {
          onOver(this)
          this.finish()
        }),
      )
    if (signal === undefined) return
    const onAbort = (): void => {
      onOver(this)
      this.cancel(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    this.#stop.push(() => signal.removeEventListener('abort', onAbort))
  }

  get missing(): number {
    return this.#max - this.#got.length
  }

  add(delivery: Delivery<T>): void {
    this.#got.push(delivery)
  }

  /** Answers with what there is. */
  finish(): void {
    if (this.#end()) this.#resolve(this.#got)
  }

  /** Gives back what it had and fails. */
  cancel(reason: unknown): void {
    if (!this.#end()) return
    for (const delivery of this.#got) delivery.release()
    this.#reject(reason)
  }

  /** Gives back what it had and answers with nothing. */
  close(): void {
    if (!this.#end()) return
    for (const delivery of this.#got) delivery.release()
    this.#resolve([])
  }

  #end(): boolean {
    if (this.#isOver) return false
    this.#isOver = true
    for (const stop of this.#stop) stop()
    this.#stop = []
    return true
  }
}
