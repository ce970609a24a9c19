import type { SinkNode } from '../kernel/plan.ts'
import { ForebayError } from '../kernel/errors.ts'
import type { Run } from '../kernel/run.ts'
import type { Flow } from '../flow/flow.ts'
import { same } from './compare.ts'
import type { Expectations } from './expectations.ts'
import { ProbeReceiver, type ProtocolError } from './probe-receiver.ts'

/** A sink in the hands of a test, for one run: it asks for nothing by itself. Made by `world.sink()`. */
export class SinkProbe<T> {
  /** The run it is part of; set by `world.run`. */
  run: Run | undefined
  readonly #expectations: Expectations
  readonly #advance: (ms: number) => Promise<void>
  readonly #carry: ((arrive: () => void) => void) | undefined
  #receiver: ProbeReceiver | undefined
  #read = 0
  #hasLooked = false

  constructor(
    expectations: Expectations,
    advance: (ms: number) => Promise<void>,
    carry: ((arrive: () => void) => void) | undefined,
  ) {
    this.#carry = carry
    this.#expectations = expectations
    this.#advance = advance
  }

  /** The plan's end for `flow`. */
  node(flow: Flow<T>): SinkNode {
    return {
      type: 'sink',
      name: 'sink probe',
      input: flow.node,
      bound: 0,
      slots: 1,
      fused: false,
      create: (_env, stage) => {
        if (this.#receiver !== undefined) {
          throw new ForebayError('FOREBAY_ALREADY_RUN', 'a sink probe belongs to one run')
        }
        this.#receiver = new ProbeReceiver(stage)
        this.#receiver.carry = this.#carry
        return this.#receiver
      },
    }
  }

  /** Everything that has come. */
  get received(): readonly T[] {
    return this.#sink().received as T[]
  }

  /** What its producer did that the contract forbids. A world fails at its end when nobody has looked at them. */
  get protocolErrors(): readonly ProtocolError[] {
    this.#hasLooked = true
    return this.#sink().errors
  }

  get receivedAfterCancel(): number {
    return this.#sink().receivedAfterCancel
  }

  /** Items that the run has thrown away, by reason. */
  get discarded(): Readonly<Record<string, number>> {
    return this.run?.inspect().ledger.dropped ?? {}
  }

  /** Protocol errors that no test has looked at. */
  get unseenErrors(): readonly ProtocolError[] {
    return this.#hasLooked ? [] : (this.#receiver?.errors ?? [])
  }

  request(items: number): void {
    this.#sink().request(items)
  }

  /** Grants one more item and waits for it. */
  requestNext(): Promise<T> {
    this.request(1)
    return this.#next()
  }

  /** Waits for the next items, which must be these, in this order. */
  async expectNext(...items: T[]): Promise<void> {
    for (const expected of items) {
      const item = await this.#next()
      if (!same(item, expected)) throw new Error(`expected ${show(expected)}, got ${show(item)}`)
    }
  }

  /** Waits for the next items, which must be these, in any order. */
  async expectUnordered(...items: T[]): Promise<void> {
    const left = await this.expectCount(items.length)
    for (const expected of items) {
      const at = left.findIndex((item) => same(item, expected))
      if (at < 0) throw new Error(`expected ${show(expected)} among ${show(left)}`)
      left.splice(at, 1)
    }
  }

  /** Waits for `count` items, whatever they are. */
  async expectCount(count: number): Promise<T[]> {
    const items: T[] = []
    while (items.length < count) items.push(await this.#next())
    return items
  }

  /** Nothing comes for so long, neither item nor end. */
  async expectNothing(ms = 0): Promise<void> {
    const { state } = this.#sink()
    await this.#advance(ms)
    const { received, state: later } = this.#sink()
    if (received.length > this.#read)
      throw new Error(`expected nothing for ${ms} ms, got ${show(received[this.#read])}`)
    if (later !== state) throw new Error(`expected nothing for ${ms} ms, but the flow has ${later}`)
  }

  async expectComplete(): Promise<void> {
    await this.#over()
    const { state, error } = this.#sink()
    if (state !== 'completed') throw new Error(`expected completion, but the flow has ${state}: ${String(error)}`)
  }

  /** Waits for the failure of the flow; resolves with its error. */
  async expectFailure(): Promise<unknown> {
    await this.#over()
    const { state, error } = this.#sink()
    if (state !== 'failed') throw new Error(`expected a failure, but the flow has ${state}`)
    return error
  }

  cancel(reason?: unknown): void {
    this.#sink().cancel(reason)
  }

  async #next(): Promise<T> {
    const sink = this.#sink()
    const at = this.#read
    await this.#expectations.until(
      `expected item ${at + 1}`,
      () => sink.received.length > at || sink.state === 'completed' || sink.state === 'failed',
    )
    if (sink.received.length <= at) throw new Error(`expected item ${at + 1}, but the flow has ${sink.state}`)
    this.#read++
    return sink.received[at] as T
  }

  async #over(): Promise<void> {
    const sink = this.#sink()
    await this.#expectations.until('expected the end of the flow', () => sink.state !== 'open')
    if (sink.received.length > this.#read) {
      throw new Error(`expected the end, got ${show(sink.received[this.#read])}`)
    }
  }

  #sink(): ProbeReceiver {
    if (this.#receiver === undefined) throw new Error('the sink probe is not part of a run yet: world.run(flow, sink)')
    return this.#receiver
  }
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}
