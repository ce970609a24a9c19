import { describe, expect, it } from 'vitest'
import type { Context } from '../kernel/context.ts'
import type { Port } from '../kernel/receiver.ts'
import type { RunEnvironment } from '../kernel/run-environment.ts'
import type { StageAccount } from '../kernel/stage-account.ts'
import { verify } from '../testkit/verify.ts'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { world } from '../testkit/world.ts'
import type { Flow } from './flow.ts'
import { fanIn, fanOut, junction } from './junction.ts'
import { FanIn } from './junctions/fan-in.ts'
import { FanOut } from './junctions/fan-out.ts'
import type { Outlet } from './junctions/outlet.ts'
import { Passage } from './junctions/passage.ts'
import { flow } from './sources.ts'

interface Item {
  readonly value: number
  readonly context: Context | undefined
}

/** Each item a while later, one at a time. */
class Delay extends Passage<number, number> {
  item: Item | undefined
  isDue = false
  readonly #ms: number

  constructor(ms: number, env: RunEnvironment, stage: StageAccount) {
    super(env, stage)
    this.#ms = ms
  }

  protected take(value: number, context: Context | undefined): void {
    this.item = { value, context }
    this.setAlarm(this.#ms)
  }

  protected override rang(): void {
    this.isDue = true
  }

  protected override isReady(): boolean {
    return this.isDue
  }

  protected hand(port: Port): void {
    const { value, context } = this.item as Item
    this.item = undefined
    this.isDue = false
    this.emit(port, value, context)
  }

  protected room(): number {
    return this.item === undefined && this.hasCredit() ? 1 : 0
  }

  protected held(): number {
    return this.item === undefined ? 0 : 1
  }

  protected abandon(reason: string): void {
    if (this.item !== undefined) this.lose(this.item.context, reason, 'returned')
    this.item = undefined
  }
}

/** Each item twice. */
class Twice extends Passage<number, number> {
  readonly #items: Item[] = []

  protected take(value: number, context: Context | undefined): void {
    context?.lease?.split(1)
    this.#items.push({ value, context }, { value, context })
  }

  protected hand(port: Port): void {
    for (let item = this.#items.shift(); item !== undefined; item = this.#items.shift()) {
      if (!this.emit(port, item.value, item.context)) return
    }
  }

  protected room(): number {
    return this.held() === 0 ? 1 : 0
  }

  protected held(): number {
    return this.#items.length
  }

  protected abandon(reason: string): void {
    for (const { context } of this.#items.splice(0)) this.lose(context, reason, 'returned')
  }
}

const twice = junction<number, number>('twice', { cardinality: 'many', bound: 2 }, (env, stage) => {
  return new Twice(env, stage)
})

const delay = (ms: number, Stage = Delay): ((input: Flow<number>) => Flow<number>) =>
  junction<number, number>('delay', { cardinality: 'one', bound: 1, sync: false }, (env, stage) => {
    return new Stage(ms, env, stage)
  })

/** Items in order, of inputs that are in order. */
class Sorted extends FanIn {
  readonly #compare: (a: any, b: any) => number

  constructor(inputs: number, compare: (a: any, b: any) => number, env: RunEnvironment, stage: StageAccount) {
    super(inputs, 2, env, stage)
    this.#compare = compare
  }

  protected hand(port: Port): void {
    while (port.n > 0 && this.lanes.every((lane) => lane.length > 0 || lane.isOver)) {
      const heads = this.lanes.filter((lane) => lane.length > 0)
      const lane = heads.toSorted((a, b) => this.#compare(a.head, b.head))[0]
      if (lane === undefined) return
      lane.take()
      lane.grant()
      if (!this.emit(port, lane.taken, lane.context)) return
    }
  }
}

const sorted = (flows: readonly Flow<number>[], compare = (a: number, b: number) => a - b): Flow<number> =>
  fanIn<number>('sorted', flows, { cardinality: 'one', bound: 2 * flows.length }, (env, stage) => {
    return new Sorted(flows.length, compare, env, stage)
  })

/** Odd items to the first branch, even ones to the second; others fail. */
class OddEven extends FanOut<number> {
  #waiting: (Item & { readonly outlet: Outlet }) | undefined

  protected take(value: number, context: Context | undefined): void {
    if (!Number.isInteger(value)) throw new RangeError(`expected a whole number, got ${value}`)
    const outlet = this.outlets[value % 2 === 0 ? 1 : 0] as Outlet
    if (!outlet.isOpen) return this.lose(context, 'branch-closed')
    this.#waiting = { value, context, outlet }
    this.wake(outlet)
  }

  protected hand(outlet: Outlet, port: Port): void {
    const waiting = this.#waiting
    if (waiting?.outlet !== outlet || port.n <= 0) return
    this.#waiting = undefined
    outlet.emit(port, waiting.value, waiting.context)
  }

  protected room(): number {
    return this.#waiting === undefined && this.hasCredit() ? 1 : 0
  }

  protected held(): number {
    return this.#waiting === undefined ? 0 : 1
  }

  protected isDry(): boolean {
    return this.#waiting === undefined
  }

  protected abandon(outlet: Outlet): void {
    if (this.#waiting?.outlet !== outlet) return
    this.lose(this.#waiting.context, this.closedReason, 'returned')
    this.#waiting = undefined
  }
}

const oddEven = (input: Flow<number>, ...branches: ((flow: Flow<number>) => any)[]): any =>
  fanOut('oddEven', input, branches, { cardinality: 'one', bound: 1 }, (env, stage) => new OddEven(2, env, stage))

describe('a passage of your own', () => {
  it('keeps the laws', async () => {
    await verify({ name: 'delay', operator: (input) => input.via(delay(5)), model: (items) => items }, { trials: 30 })
  })

  it('may hold more than has come in when it makes several items of one', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      const run = w.run(source.flow.via(twice), sink)
      source.send(1)
      await w.advance(0)
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 1, inFlight: 1 } })
      run.cancel()

      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 1, dropped: { cancelled: 1 }, inFlight: 0 } })
    })
    await verify(
      { name: 'twice', operator: (input) => input.via(twice), model: (items) => items.flatMap((n) => [n, n]) },
      { trials: 30 },
    )
  })

  it('waits for its alarm, and then for credit', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      const run = w.run(source.flow.via(delay(10)), sink)
      sink.request(1)
      source.send(1)
      await sink.expectNothing(9)
      await w.advance(1)
      await sink.expectNext(1)
      await sink.expectNothing(50)
      expect(run.inspect().stages).toMatchObject([{}, { name: 'delay', in: 1, emitted: 1, inFlight: 0 }, {}])
    })
  })

  it('hands nothing on without credit: what tries fails the flow', async () => {
    class Pushy extends Delay {
      protected override hand(port: Port): void {
        const { value, context } = this.item as Item
        super.hand(port)
        this.emit(port, value, context)
      }
    }
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      w.run(source.flow.via(delay(5, Pushy)), sink)
      sink.request(1)
      source.send(1)
      await sink.expectNext(1)

      expect(await sink.expectFailure()).toMatchObject({ code: 'FOREBAY_PROTOCOL' })
    })
  })

  it.each(['cancelled', 'failed', 'finished'])('leaves no timer behind when it is %s', async (how) => {
    const clock = new VirtualClock()
    const run = flow
      .range(1, 2)
      .via(delay(1000))
      .map((n) => {
        if (how === 'failed') throw new Error('below')
        return n
      })
      .take(how === 'finished' ? 1 : 2)
      .to(() => {})
      .run({ clock })
    run.done.catch(() => {})
    await clock.advance(how === 'cancelled' ? 1500 : 2500)
    if (how === 'cancelled') run.cancel()

    expect(clock.pending).toBe(0)
    expect(run.inspect()).toMatchObject({ balanced: true, state: how === 'finished' ? 'done' : how })
  })

  it('fails after what it held when an item cannot be taken', async () => {
    class Picky extends Delay {
      protected override take(value: number, context: Context | undefined): void {
        if (value === 3) throw new Error('three')
        super.take(value, context)
      }
    }
    const clock = new VirtualClock()
    const seen: number[] = []
    const run = flow
      .range(1, 9)
      .via(delay(10, Picky))
      .to((n) => void seen.push(n))
      .run({ clock })
    const failed = expect(run.done).rejects.toThrow('three')
    await clock.advance(100)
    await failed

    expect(seen).toEqual([1, 2])
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 3, out: 2, inFlight: 0 } })
  })

  it.each(['hand', 'rang', 'flush'] as const)('fails at once with what it holds when %s throws', async (method) => {
    class Broken extends Delay {}
    Object.defineProperty(Broken.prototype, method, {
      value: () => {
        throw new Error('broken')
      },
    })
    const clock = new VirtualClock()
    const run = flow
      .range(1, 2)
      .via(delay(10, Broken))
      .to(() => {})
      .run({ clock })
    const failed = expect(run.done).rejects.toThrow('broken')
    await clock.advance(100)
    await failed

    expect(clock.pending).toBe(0)
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { inFlight: 0 } })
  })

  it('takes its types from the flow that it is attached to', async () => {
    const same = <T>(): ((input: Flow<T>) => Flow<T>) =>
      junction('same', { cardinality: 'one', bound: 1 }, (env, stage) => new Delay(0, env, stage))
    const words: Flow<string> = flow(['a', 'b']).via(same())

    expect(await words.map((word) => word.toUpperCase()).toArray(2)).toEqual(['A', 'B'])
  })

  it('says what it is in explain, and is checked when it is made', () => {
    const named = junction<number, number>('delay', { name: 'wait', cardinality: 'one', bound: 7, loses: 'x' }, () => {
      throw new Error('not run')
    })
    const { parts, losses } = flow([1])
      .via(named)
      .to(() => {})
      .explain()

    expect(parts).toMatchObject([{ name: 'wait', kind: 'delay', items: 7 }, { kind: 'sink' }])
    expect(losses).toEqual([{ part: 'wait', policy: 'x' }])
    expect(() => junction('x', { cardinality: 'one', bound: -1 }, () => ({}) as never)).toThrow(RangeError)
    expect(() => junction('x', { cardinality: 'two' as never, bound: 1 }, () => ({}) as never)).toThrow(RangeError)
    expect(() => junction('x', { cardinality: 'one', bound: 1 }, 5 as never)).toThrow(TypeError)
  })
})

describe('a fan-in of your own', () => {
  it('keeps the laws', async () => {
    await verify(
      {
        name: 'sorted',
        inputs: 2,
        outputs: 1,
        junction: (flows) => [sorted(flows)],
        model: (inputs) => [inputs.flat().toSorted((a, b) => a - b)],
      },
      { trials: 30 },
    )
  })

  it('fails at once when its hand throws, and loses what its lanes held', async () => {
    const run = sorted([flow([1, 3]), flow([2, 4])], () => {
      throw new Error('cannot compare')
    })
      .to(() => {})
      .run()

    await expect(run.done).rejects.toThrow('cannot compare')
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { out: 0, inFlight: 0, dropped: { failed: 4 } } })
    expect(() => sorted([])).toThrow(RangeError)
    expect(() => sorted([[1] as never])).toThrow(TypeError)
  })
})

describe('a fan-out of your own', () => {
  it('keeps the laws', async () => {
    await verify(
      {
        name: 'oddEven',
        operator: (input) =>
          oddEven(
            input,
            (odd) => odd,
            (even) => even,
          ),
        model: (items) => items,
        order: (n: number) => n % 2,
        cutByFailure: true,
      },
      { trials: 30 },
    )
  })

  it('makes a program of branches that end, and fails with an item that it cannot take', async () => {
    const seen: number[] = []
    const program = oddEven(
      flow([1, 2, 3, 4.5, 5]),
      (odd) => odd.to((n) => void seen.push(n)),
      (even) => even.to((n) => void seen.push(n)),
    )
    const run = program.run()

    await expect(run.done).rejects.toThrow(/got 4.5/)
    expect(seen.toSorted((a, b) => a - b)).toEqual([1, 2, 3])
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 4, out: 3, inFlight: 0 } })
    expect(() => oddEven(flow([1]))).toThrow(RangeError)
  })
})
