import { type Context } from '../../src/kernel/context.ts'
import { Loop } from '../../src/kernel/loop.ts'
import { Meter } from '../../src/kernel/meter.ts'
import type { Operator } from '../../src/kernel/operator.ts'
import { seededRandom } from '../../src/kernel/random.ts'
import type { Enter } from '../../src/kernel/plan.ts'
import type { Filling, Port, Pull, PullCode, Ready, Receiver } from '../../src/kernel/receiver.ts'
import type { RunEnvironment } from '../../src/kernel/run-environment.ts'
import { Segment } from '../../src/kernel/segment.ts'
import { StageAccount } from '../../src/kernel/stage-account.ts'
import { Totals } from '../../src/kernel/totals.ts'
import { VirtualClock } from '../../src/testkit/virtual-clock.ts'

/** A source that gives what a test puts into it, and notes what it is told. */
class ScriptedPull implements Pull {
  /** Items with their contexts, in order. */
  readonly items: [value: unknown, context: Context | undefined][] = []
  end: { readonly error?: unknown } | undefined
  ready: Ready | undefined
  /** Set by what generates code, and not used: items go through `step`. */
  generated: ((left: number) => void) | undefined
  runs = 0
  /** What it was told before each item: how many it may hand over before it reports, and whether the next one is timed. */
  readonly looks: [left: number, isTiming: boolean][] = []
  /** What it was cancelled with, once for each call. */
  readonly cancelled: unknown[] = []
  port: Port | undefined
  #pulled = 0
  #context: Context | undefined

  bind(port: Port): void {
    this.port = port
  }

  run(port: Port): void {
    this.runs++
    while (port.n > 0) {
      const next = this.items.shift()
      if (next === undefined) break
      this.looks.push([port.left(), port.isTiming])
      this.#pulled++
      this.#context = next[1]
      port.step(...next)
      if (!port.tick(1)) return
    }
    if (this.end === undefined || this.items.length > 0) return
    if ('error' in this.end) port.failed(this.end.error)
    else port.done()
  }

  current(): Context | undefined {
    return this.#context
  }

  cancel(reason: unknown): void {
    this.cancelled.push(reason)
  }

  pulled(): number {
    return this.#pulled
  }
}

/** One segment between a source and a receiver that do what a test says, on a loop of its own. */
export class SegmentRig {
  readonly clock = new VirtualClock()
  readonly loop = new Loop(this.clock)
  readonly totals = new Totals(false)
  readonly meter = new Meter(this.clock)
  readonly stage: StageAccount
  readonly pull = new ScriptedPull()
  readonly segment: Segment
  /** Values, then `done` or `failed ERROR`. */
  readonly received: unknown[] = []
  /** What the run was ended with. */
  readonly failures: unknown[] = []
  /** Called with each item that arrives. */
  onNext: ((value: unknown) => void) | undefined
  /** Called when the end arrives. */
  onEnd: (() => void) | undefined

  constructor(
    operators: readonly Operator[] = [],
    options: {
      ownsStage?: boolean
      accounting?: boolean
      hotAfter?: number
      ready?: Ready
      stop?: () => void
      /** Gives each item of the source the context of a record. */
      enter?: Enter
      /** What the source is as source text, and what of it a buffer takes at once. */
      code?: PullCode
      fill?: Filling['fill']
    } = {},
  ) {
    const { clock, loop, totals, pull, meter } = this
    const { ownsStage = true, accounting = true, hotAfter = Infinity, enter } = options
    this.stage = new StageAccount({ id: 's', name: 'segment', kind: 'map', slots: 1, sync: true, meter })
    pull.ready = options.ready
    const { stop, code, fill } = options
    Object.assign(pull, { ...(stop && { stop }), ...(code && { code }), ...(fill && { fill }) })
    const env = {
      clock,
      loop,
      totals,
      meter,
      accounting,
      hotAfter,
      random: seededRandom(1),
      signal: new AbortController().signal,
      fail: (error: unknown) => this.failures.push(error),
    }
    const receiver: Receiver = {
      ...(fill && { takeFrom: () => 0 }),
      next: (value) => {
        this.received.push(value)
        this.onNext?.(value)
      },
      complete: () => {
        this.received.push('done')
        this.onEnd?.()
      },
      fail: (error) => {
        this.received.push(`failed ${String(error)}`)
        this.onEnd?.()
      },
    }
    this.segment = new Segment({
      pull,
      operators,
      receiver,
      env: env as unknown as RunEnvironment,
      stage: this.stage,
      ownsStage,
      records: enter && { enter, isShared: fill !== undefined },
    })
    loop.start()
  }

  /** The source has these, and says so. */
  give(...values: readonly unknown[]): void {
    for (const value of values) this.pull.items.push([value, undefined])
    this.segment.wake()
  }

  /** The source ends behind what it has. */
  finish(end: { error?: unknown } = {}): void {
    this.pull.end = end
    this.segment.wake()
  }
}
