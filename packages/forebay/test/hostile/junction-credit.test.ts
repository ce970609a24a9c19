import { describe, expect, it } from 'vitest'
import type { Flow } from '../../src/flow/flow.ts'
import { fanIn, fanOut, junction } from '../../src/flow/junction.ts'
import { FanIn } from '../../src/flow/junctions/fan-in.ts'
import { FanOut } from '../../src/flow/junctions/fan-out.ts'
import type { Outlet } from '../../src/flow/junctions/outlet.ts'
import { Passage } from '../../src/flow/junctions/passage.ts'
import type { Program } from '../../src/flow/program.ts'
import { flow } from '../../src/flow/sources.ts'
import type { Context } from '../../src/kernel/context.ts'
import type { Port } from '../../src/kernel/receiver.ts'
import type { RunEnvironment } from '../../src/kernel/run-environment.ts'
import type { StageAccount } from '../../src/kernel/stage-account.ts'
import { world } from '../../src/testkit/world.ts'
import { huge, noAmount } from './amounts.ts'

interface Item {
  readonly value: number
  readonly context: Context | undefined
}

/** Says how many items there is room for: 2, until it has had three items, and then what nobody expects. */
type Room = (taken: number) => any

/** A junction of one input and one output whose room is hostile. */
class Passing extends Passage<number, number> {
  readonly #items: Item[] = []
  readonly #room: Room
  #taken = 0

  constructor(room: Room, env: RunEnvironment, stage: StageAccount) {
    super(env, stage)
    this.#room = room
  }

  protected take(value: number, context: Context | undefined): void {
    this.#taken++
    this.#items.push({ value, context })
  }

  protected hand(port: Port): void {
    for (let item = this.#items.shift(); item !== undefined; item = this.#items.shift()) {
      if (!this.emit(port, item.value, item.context)) return
    }
  }

  protected room(): number {
    return this.#room(this.#taken) as number
  }

  protected held(): number {
    return this.#items.length
  }

  protected abandon(reason: string): void {
    for (const { context } of this.#items.splice(0)) this.lose(context, reason, 'returned')
  }
}

class Joining extends FanIn {
  readonly #room: Room

  constructor(room: Room, env: RunEnvironment, stage: StageAccount) {
    super(1, 2, env, stage)
    this.#room = room
  }

  protected hand(port: Port): void {
    for (const lane of this.lanes) {
      while (lane.length > 0 && port.n > 0) this.pass(lane, port)
      lane.grant(this.#room(this.at) as number)
    }
  }
}

/** Everything goes to the first output. */
class Sharing extends FanOut<number> {
  readonly #items: Item[] = []
  readonly #room: Room
  #taken = 0

  constructor(room: Room, env: RunEnvironment, stage: StageAccount) {
    super(2, env, stage)
    this.#room = room
  }

  protected take(value: number, context: Context | undefined): void {
    this.#taken++
    this.#items.push({ value, context })
    this.wake(this.outlets[0] as Outlet)
  }

  protected hand(outlet: Outlet, port: Port): void {
    while (outlet === this.outlets[0] && port.n > 0 && this.#items.length > 0) {
      const { value, context } = this.#items.shift() as Item
      if (!outlet.emit(port, value, context)) return
    }
  }

  protected room(): number {
    return this.#room(this.#taken) as number
  }

  protected held(): number {
    return this.#items.length
  }

  protected isDry(): boolean {
    return this.#items.length === 0
  }

  protected abandon(outlet: Outlet): void {
    if (outlet !== this.outlets[0]) return
    for (const { context } of this.#items.splice(0)) this.lose(context, this.closedReason, 'returned')
  }
}

const bounds = { cardinality: 'join', bound: 4 } as const
const junctions: Readonly<
  Record<string, (input: Flow<number>, room: Room, write: (n: number) => void) => Program<any>>
> = {
  'one input and one output': (input, room, write) =>
    input.via(junction<number, number>('own', bounds, (env, stage) => new Passing(room, env, stage))).to(write),
  'several inputs': (input, room, write) =>
    fanIn<number>('own', [input], bounds, (env, stage) => new Joining(room, env, stage)).to(write),
  'several outputs': (input, room, write) =>
    fanOut<number>('own', input, [(a) => a.to(write), (b) => b.to(write)], bounds, (env, stage) => {
      return new Sharing(room, env, stage)
    }) as Program<any>,
}

const amounts: Readonly<Record<string, unknown>> = { ...noAmount, ...huge, undefined }
/** What would become credit without end, or be compared with nothing: fatal in every junction. */
const fatal: readonly string[] = [
  '0.5',
  '1.5',
  'the smallest fraction',
  'NaN',
  '0n',
  '−1n',
  'an object',
  'a symbol',
  'a function',
  'a proxy that throws at every look',
  '2^31 as a bigint',
  '2^80 as a bigint',
]
/** Fatal where nothing cuts it to the bound, as a lane does. */
const endless: readonly string[] = ['2^31', '2^32 + 1', '2^53', 'the largest number', 'Infinity', 'undefined']
/** No room, for JavaScript. */
const none: readonly string[] = ['0', '−0', '−1', '−Infinity', 'an empty string', 'null']

describe.each(Object.entries(junctions))('a junction of your own with %s', (kind, build) => {
  it.each(Object.entries(amounts))('keeps its accounts when it has room for %s', async (what, amount) => {
    await world(1, async (w) => {
      let pulled = 0
      const input = flow.range(1, 1000).tap(() => pulled++)
      const run = build(
        input,
        (taken) => (taken < 3 ? 2 : amount),
        () => {},
      ).run({ clock: w.clock })
      let error: unknown
      run.done.catch((failure: unknown) => (error = failure))
      await w.advance(50)

      const { state, balanced } = run.inspect()
      const isFatal = fatal.includes(what) || (endless.includes(what) && kind !== 'several inputs')
      const expected = isFatal ? 'failed' : none.includes(what) ? 'running' : 'done'
      expect({ state, balanced }).toEqual({ state: expected, balanced: true })
      expect(pulled).toBeLessThanOrEqual(expected === 'done' ? 1000 : 6)
      if (isFatal) expect(error).toBeInstanceOf(Error)
      run.cancel('enough')
      await w.advance(5)
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { inFlight: 0 } })
    })
  })
})

it.each(Object.entries(junctions))('NaN is named with the junction that has such room: %s', async (_, build) => {
  await world(1, async (w) => {
    const run = build(
      flow.range(1, 1000),
      (taken) => (taken < 3 ? 2 : Number.NaN),
      () => {},
    ).run({ clock: w.clock })

    await expect(run.done).rejects.toMatchObject({
      code: 'FOREBAY_PROTOCOL',
      message: 'own: expected room for a whole number of items, got NaN',
    })
  })
})
