import type { Context } from '../../kernel/context.ts'
import { milliseconds, type Duration } from '../../kernel/duration.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { Flow } from '../flow.ts'
import { junction } from '../junction.ts'
import { Passage } from '../junctions/passage.ts'

/**
 * The same items, asked for no earlier than `wait` after the run's start.
 *
 * Emits: when `wait` is over and an item arrives. Backpressures: until `wait` is over, and when downstream does. Completes: when upstream has
 * and nothing is held. Cancels: when downstream cancels. Loses: nothing.
 */
export function initialDelay<T>(wait: Duration): (flow: Flow<T>) => Flow<T> {
  const ms = milliseconds('initialDelay', wait)
  return junction<T, T>(
    'initialDelay',
    { cardinality: 'one', bound: 1, sync: false },
    (env, stage) => new InitialDelay<T>(ms, env, stage),
  )
}

class InitialDelay<T> extends Passage<T, T> {
  #isOpen = false
  #held: { readonly value: T; readonly context: Context | undefined } | undefined
  readonly #ms: number

  constructor(ms: number, env: RunEnvironment, stage: StageAccount) {
    super(env, stage)
    this.#ms = ms
  }

  override open(): void {
    this.setAlarm(this.#ms)
    super.open()
  }

  protected override rang(): void {
    this.#isOpen = true
  }

  protected take(value: T, context: Context | undefined): void {
    this.#held = { value, context }
  }

  protected hand(port: Port): void {
    const { value, context } = this.#held as { value: T; context: Context | undefined }
    this.#held = undefined
    this.emit(port, value, context)
  }

  protected room(): number {
    return this.#isOpen && this.#held === undefined && this.hasCredit() ? 1 : 0
  }

  protected held(): number {
    return this.#held === undefined ? 0 : 1
  }

  protected abandon(reason: string): void {
    if (this.#held !== undefined) this.lose(this.#held.context, reason, 'returned')
    this.#held = undefined
  }
}
