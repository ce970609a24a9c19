import { Flow } from '../flow/flow.ts'
import { show } from '../kernel/check.ts'
import { ForebayError } from '../kernel/errors.ts'
import type { Expectations } from './expectations.ts'
import { ProbePull, type Misbehaviour } from './probe-pull.ts'

/** A source in the hands of a test, for one run. Made by `world.source()`. */
export class SourceProbe<T> {
  /** Where the flow under test begins. */
  readonly flow: Flow<T>
  readonly #expectations: Expectations
  readonly #pull: ProbePull
  readonly #carry: (arrive: () => void) => void
  #isRun = false

  constructor(
    expectations: Expectations,
    misbehave: readonly Misbehaviour[],
    carry: (arrive: () => void) => void = (arrive) => arrive(),
  ) {
    this.#carry = carry
    this.#expectations = expectations
    this.#pull = new ProbePull(misbehave)
    this.flow = new Flow<T>({ type: 'source', name: 'source probe', create: () => this.#start() })
  }

  /** Items that the flow wants now. */
  get demand(): number {
    return this.#pull.credit
  }

  /** Items handed over so far. */
  get sent(): number {
    return this.#pull.handed
  }

  /** What the flow did to its source that the contract forbids. */
  get protocolErrors(): readonly string[] {
    return this.#pull.errors
  }

  /** Sends items: at once as far as there is demand, the rest as demand comes. */
  send(...items: T[]): void {
    for (const item of items) this.#carry(() => this.#pull.put(item))
  }

  /** Completes behind what it still has to send. */
  complete(): void {
    this.#carry(() => this.#pull.end())
  }

  fail(error: unknown): void {
    this.#carry(() => this.#pull.end({ error }))
  }

  /** Waits until the flow wants at least `items`; resolves with what it wants. */
  async expectDemand(items = 1): Promise<number> {
    await this.#expectations.until(`expected a demand of ${items}`, () => this.demand >= items)
    return this.demand
  }

  /** Waits until the flow cancels; with an argument, the reason must be just that. Resolves with the reason. */
  async expectCancel(reason?: unknown): Promise<unknown> {
    const { cancels } = this.#pull
    await this.#expectations.until('expected the source to be cancelled', () => cancels.length > 0)
    if (reason !== undefined && cancels[0] !== reason) {
      throw new Error(`expected the source to be cancelled with ${show(reason)}, got ${show(cancels[0])}`)
    }
    return cancels[0]
  }

  #start(): ProbePull {
    if (this.#isRun) throw new ForebayError('FOREBAY_ALREADY_RUN', 'a source probe belongs to one run')
    this.#isRun = true
    return this.#pull
  }
}
