import { describe, expect, it, vi } from 'vitest'
import { settled, VirtualClock } from '../testkit/virtual-clock.ts'
import type { DurableEdge, DurablePart, DurableStore } from './durable.ts'
import type { Gate } from './gate.ts'
import { makeEdge } from './make-edge.ts'
import { MemoryBudget } from './memory-budget.ts'
import type { DurableNode, Plan, PlanNode, SinkNode } from './plan.ts'
import { UNBOUNDED, type Port, type Upstream } from './receiver.ts'
import { run, type Run, type RunOptions } from './run.ts'
import type { RunEnvironment } from './run-environment.ts'

/** A source and a sink in the hands of a test, which look into the run that they are in. */
class Line {
  readonly clock = new VirtualClock()
  readonly received: unknown[] = []
  readonly plan: Plan
  env!: RunEnvironment
  stopped = 0
  /** How the run has ended. */
  outcome: { value: unknown } | { error: unknown } | undefined
  #items: unknown[] = []
  #end: (() => void) | undefined
  #port!: Port
  #finish!: (value: unknown) => void
  #fail!: (error: unknown) => void

  constructor(above?: (source: PlanNode) => PlanNode, more: Partial<Plan> = {}) {
    const input = (above ?? ((source) => source))(this.#source())
    this.plan = { name: 'line', sinks: [this.#sink(input)], ...more }
  }

  run(options: RunOptions = {}): Run {
    const started = run(this.plan, { clock: this.clock, random: { next: () => 0 }, ...options })
    started.done.then(
      (value) => (this.outcome = { value }),
      (error: unknown) => (this.outcome = { error }),
    )
    return started
  }

  give(...items: unknown[]): Promise<void> {
    this.#items.push(...items)
    this.#port.wake()
    return settled()
  }

  /** The data ends; `finish` ends the sink. */
  end(): Promise<void> {
    this.#end = () => this.#port.done()
    this.#port.wake()
    return settled()
  }

  finish(value: unknown): Promise<void> {
    this.#finish(value)
    return settled()
  }

  #source(): PlanNode {
    let pulled = 0
    return {
      type: 'source',
      name: 'read',
      create: (env) => {
        this.env = env
        return {
          bind: (port) => (this.#port = port),
          run: (port) => {
            while (port.n > 0 && this.#items.length > 0) {
              pulled++
              port.step(this.#items.shift(), undefined)
            }
            this.#end?.()
          },
          cancel: () => {},
          pulled: () => pulled,
          stop: () => {
            this.stopped++
          },
        }
      },
    }
  }

  #sink(input: PlanNode): SinkNode {
    const create: SinkNode['create'] = () => {
      let upstream: Upstream
      const result = new Promise<unknown>((resolve, reject) => {
        this.#finish = resolve
        this.#fail = reject
      })
      return {
        next: (value) => this.received.push(value),
        complete: () => {},
        fail: (error) => this.#fail(error),
        attach: (above) => (upstream = above),
        open: () => upstream.request(UNBOUNDED),
        result,
      }
    }
    return { type: 'sink', name: 'save', input, bound: 0, slots: 1, fused: false, create }
  }
}

/** A store of which each edge is one in memory, with what was done to them in order. */
function rigStore({
  opens = Promise.resolve(),
  closes = Promise.resolve(),
}: { opens?: Promise<void>; closes?: Promise<void> } = {}) {
  const log: string[] = []
  const part = (env: RunEnvironment): DurablePart => {
    const options = { name: 'inbox', items: 8, bytes: Infinity, overflow: 'backpressure', every: 1 } as const
    const none = { key: undefined, level: undefined, sizeOf: undefined, onDrop: undefined }
    const edge = makeEdge({ ...options, ...none, deferred: false, failFast: false }, env)
    const extra = { redriven: 0, giveUp: () => log.push('give up') }
    return Object.assign(edge, extra) as unknown as DurablePart
  }
  const openEdge = async (name: string): Promise<DurableEdge> => {
    log.push(`open ${name}`)
    await opens
    const close = (): Promise<void> => {
      log.push(`close ${name}`)
      return closes
    }
    return { join: (_: string, env: RunEnvironment) => part(env), close } as unknown as DurableEdge
  }
  const store: DurableStore = { url: 'rig:', openEdge, close: () => Promise.resolve() }
  return { log, store }
}
/** A promise that settles when the test says so. */
function gateway() {
  let resolve!: () => void
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve: () => resolve() }
}

const durable = (input: PlanNode, name = 'inbox'): DurableNode => ({
  type: 'durable',
  name,
  input,
  options: {},
  codec: undefined,
})
const errorOf = (line: Line): unknown => (line.outcome as { error?: unknown } | undefined)?.error

describe('a run', () => {
  it('is done when its sink is, with its result, and stays so', async () => {
    const line = new Line()
    const started = line.run()
    await line.give(1, 2)
    await line.end()
    expect(started.inspect().state).toBe('running')
    await line.finish('stored')

    expect(line.received).toEqual([1, 2])
    expect(line.outcome).toEqual({ value: 'stored' })
    started.cancel()
    await settled()
    expect(started.inspect().state).toBe('done')
    expect(line.env.signal.aborted).toBe(false)
  })

  it('gives the only result, all of several, or what the plan makes of them', async () => {
    const [one, two] = [new Line(), new Line()]
    const both = { ...one.plan, sinks: [...one.plan.sinks, ...two.plan.sinks] }
    const first = run(both, { clock: one.clock })
    await Promise.all([one.finish(1), two.finish(2)])
    await expect(first.done).resolves.toEqual([1, 2])

    const line = new Line(undefined, { result: (results) => `made of ${String(results)}` })
    line.run()
    await line.finish(3)
    expect(line.outcome).toEqual({ value: 'made of 3' })
  })

  it('has an id of its own, of the time, a count and chance', () => {
    const [line, other] = [new Line(), new Line()]
    const id = line.run().id
    expect(id).toMatch(/^[0-9a-z]+0000$/)
    expect(id.startsWith(line.clock.wall().toString(36))).toBe(true)
    expect(other.run().id).not.toBe(id)
    expect(new Line().run({ random: { next: () => 0.5 } }).id).toMatch(/i000$/)
    const count = (text: string): number => Number.parseInt(text.slice(line.clock.wall().toString(36).length, -4), 36)
    expect(count(new Line().run().id)).toBeGreaterThan(count(id))
  })

  it('gives each gate one id, however often it is asked', () => {
    const line = new Line()
    const { id } = line.run()
    const gate = (): Gate => ({ inspect: () => ({}) }) as unknown as Gate
    const [calls, rate] = [gate(), gate()]
    expect([line.env.gate(calls), line.env.gate(rate), line.env.gate(calls)]).toEqual([
      `${id}:g0`,
      `${id}:g1`,
      `${id}:g0`,
    ])
  })

  it('fails with what cannot be handled, and tells all that listen', async () => {
    const line = new Line()
    const started = line.run()
    const error = new Error('no way')
    line.env.fail(error)
    line.env.fail(new Error('later'))
    await settled()

    expect(line.outcome).toEqual({ error })
    expect(line.env.signal.reason).toBe(error)
    expect(started.inspect().state).toBe('failed')
  })

  it('is over in the very turn in which it is cancelled, where nothing is to be closed', () => {
    const started = new Line().run()
    started.cancel()
    expect(started.inspect().state).toBe('cancelled')
  })

  it('shows its parts the picture that it shows to others, with all that they add', () => {
    const line = new Line()
    const started = line.run()
    const names = (): string[] => line.env.inspect().stages.map(({ name }) => name)
    expect(started.inspect().edges).toHaveLength(1)
    const scope = (): (() => void) => line.env.scope(() => void line.env.stage({ name: 'part', kind: 'map' }))
    const [forget, other] = [scope(), scope()]
    expect(names()).toEqual(['save', 'read', 'part', 'part'])
    expect(line.env.inspect()).toEqual(started.inspect())
    forget()
    other()
    // The first of its name keeps the counts of all.
    expect(names()).toEqual(['save', 'read', 'part'])
  })

  it('fails with its sink', async () => {
    const line = new Line((input) => {
      const fn = (): never => {
        throw new Error('bad item')
      }
      return { type: 'operator', name: 'map', input, operator: { kind: 'map', name: 'map', fn } }
    })
    const started = line.run()
    await line.give(1)
    expect(line.outcome).toEqual({ error: new Error('bad item') })
    expect(started.inspect().state).toBe('failed')
  })
})

describe('what a run is given', () => {
  it('is a threshold for generated code: 131072 items, never, or as many as one says', () => {
    const hotAfter = (options: RunOptions): number => {
      const line = new Line()
      line.run(options)
      return line.env.hotAfter
    }
    expect(hotAfter({})).toBe(131_072)
    expect(hotAfter({ codegen: true })).toBe(131_072)
    expect(hotAfter({ codegen: false })).toBe(Infinity)
    expect(hotAfter({ codegen: 0 })).toBe(0)
    expect(() => hotAfter({ codegen: -1 })).toThrow(RangeError)
  })

  it('is whether time is accounted for, which it is by default', async () => {
    const starved = async (options: RunOptions): Promise<unknown> => {
      const line = new Line()
      const started = line.run(options)
      await line.clock.advance(500)
      expect(line.env.accounting).toBe(options.accounting ?? true)
      return started.inspect().stages.find(({ name }) => name === 'save')?.starvedMs
    }
    expect(await starved({})).toBe(500)
    expect(await starved({ accounting: false })).toBe(0)
  })

  it('is its memory: bytes of its own, or a share, which is told of its beginning and end', async () => {
    const alone = new Line()
    expect(alone.run({ memory: 1000 }).inspect().memory.budgetBytes).toBe(1000)

    const line = new Line()
    const [open, close] = [vi.fn<() => void>(), vi.fn<() => void>()]
    const join = vi.fn(() => Object.assign(new MemoryBudget(), { open, close }))
    const { id } = line.run({ memory: { join } })
    expect(join.mock.calls).toEqual([[{ id, clock: line.clock }]])
    expect(open).toHaveBeenCalledOnce()
    expect(close).not.toHaveBeenCalled()
    await line.finish(0)
    expect(close).toHaveBeenCalledOnce()
  })

  it('is a way to size items, else they are estimated', () => {
    const line = new Line()
    line.run()
    expect(line.env.sizeOf('four')).toBeGreaterThan(0)
    line.run({ sizeOf: () => 7 })
    expect(line.env.sizeOf('four')).toBe(7)
  })

  it('lets a stage have one slot and no loop, unless it says so', () => {
    const line = new Line()
    line.run()
    expect(line.env.stage({ name: 'a', kind: 'map', site: 'a.ts:1:1' }).inspect()).toMatchObject({
      slots: 1,
      sync: false,
      site: 'a.ts:1:1',
    })
  })
})

describe('a signal', () => {
  it('that aborts cancels the run with its reason', async () => {
    const line = new Line()
    const outer = new AbortController()
    const started = line.run({ signal: outer.signal })
    outer.abort('enough')
    await settled()
    expect(errorOf(line)).toMatchObject({ code: 'FOREBAY_CANCELLED', message: 'line was cancelled', cause: 'enough' })
    expect(line.env.signal.reason).toBe('enough')
    expect(started.inspect().state).toBe('cancelled')
  })

  it('that had aborted before cancels it as soon as it runs', async () => {
    const line = new Line()
    const started = line.run({ signal: AbortSignal.abort('too late') })
    expect(started.inspect().state).toBe('running')
    await line.clock.advance(1)
    expect(errorOf(line)).toMatchObject({ code: 'FOREBAY_CANCELLED', cause: 'too late' })
  })

  it('is let go of when the run is over', async () => {
    const { signal } = new AbortController()
    const [add, remove] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')]
    const line = new Line()
    line.run({ signal })
    expect(add.mock.calls).toEqual([['abort', expect.any(Function), { once: true }]])
    await line.finish(0)
    expect(remove.mock.calls).toEqual([['abort', add.mock.calls[0]?.[1]]])
  })
})

describe('draining', () => {
  it('stops the sources once, and waits for the end, however that is', async () => {
    const line = new Line()
    const started = line.run()
    const over = vi.fn<() => void>()
    void started.drain().then(over)
    void started.drain().then(over)
    await line.clock.advance(5000)
    expect(line.stopped).toBe(1)
    expect(started.inspect().state).toBe('draining')
    expect(over).not.toHaveBeenCalled()
    started.cancel()
    await settled()
    expect(over).toHaveBeenCalledTimes(2)
    expect(started.inspect().state).toBe('cancelled')
  })

  it('refuses a time that is none', async () => {
    const line = new Line()
    const refused = vi.fn<(error: unknown) => void>()
    line.run().drain({ within: -1 }).catch(refused)
    await settled()
    expect(refused.mock.calls).toEqual([[expect.any(RangeError)]])
    expect(line.stopped).toBe(0)
  })

  it('lets durable edges keep what they hold in the last quarter of its time, and then ends the run', async () => {
    const line = new Line(durable)
    const { log, store } = rigStore()
    const started = line.run({ store })
    await settled()
    void started.drain({ within: 1000 })
    await line.clock.advance(749)
    expect(log).toEqual(['open inbox'])
    await line.clock.advance(1)
    expect(log).toEqual(['open inbox', 'give up'])
    await line.clock.advance(249)
    expect(started.inspect().state).toBe('draining')
    await line.clock.advance(1)
    expect(errorOf(line)).toMatchObject({
      code: 'FOREBAY_DRAIN_TIMEOUT',
      message: 'line did not drain within 1000 ms',
    })
    expect(line.env.signal.reason).toBe(errorOf(line))
    expect(started.inspect().state).toBe('cancelled')
  })

  it('leaves no timer behind when it ends in time', async () => {
    const line = new Line()
    const started = line.run()
    void started.drain({ within: 1000 })
    const before = line.clock.pending
    await line.finish(0)
    expect(line.clock.pending).toBeLessThan(before)
    await line.clock.advance(2000)
    expect(started.inspect().state).toBe('done')
  })
})

describe('a run with durable edges', () => {
  it('is refused without a store, and says for which', () => {
    const line = new Line((source) => durable(durable(source, 'first'), 'second'))
    expect(() => line.run()).toThrow('durable edges (first, second) need run({ store })')
  })

  it('begins when all are open, and is over when all are closed', async () => {
    const line = new Line((source) => durable(durable(source, 'first'), 'second'))
    const closes = gateway()
    const { log, store } = rigStore({ closes: closes.promise })
    const started = line.run({ store })
    expect(started.inspect().stages).toEqual([])
    await settled()
    expect(log).toEqual(['open first', 'open second'])
    await line.give('a')
    expect(line.received).toEqual(['a'])
    await line.finish('all')
    expect(log.at(-1)).toBe('close first')
    expect(started.inspect().state).toBe('running')
    closes.resolve()
    await settled()
    expect(log.at(-1)).toBe('close second')
    expect(line.outcome).toEqual({ value: 'all' })
  })

  it('fails when one cannot be opened', async () => {
    const line = new Line(durable)
    const error = new Error('no disk')
    const started = line.run({ store: { ...rigStore().store, openEdge: () => Promise.reject(error) } })
    await settled()
    expect(line.outcome).toEqual({ error })
    expect(started.inspect().state).toBe('failed')
  })

  it('fails when one cannot be closed, though all had flowed out', async () => {
    const line = new Line(durable)
    const error = new Error('no disk')
    const closes = Promise.reject(error)
    closes.catch(() => {})
    const started = line.run({ store: rigStore({ closes }).store })
    await settled()
    await line.finish('all')
    expect(line.outcome).toEqual({ error })
    expect(started.inspect().state).toBe('failed')
  })

  it('that is cancelled while they open closes them, and never begins', async () => {
    const line = new Line(durable)
    const opens = gateway()
    const { log, store } = rigStore({ opens: opens.promise })
    const started = line.run({ store })
    started.cancel('changed my mind')
    opens.resolve()
    await settled()
    expect(log).toEqual(['open inbox', 'close inbox'])
    expect(started.inspect()).toMatchObject({ state: 'cancelled', stages: [] })
  })

  it('that is drained while they open takes nothing in', async () => {
    const line = new Line(durable)
    const opens = gateway()
    const started = line.run({ store: rigStore({ opens: opens.promise }).store })
    const over = vi.fn<() => void>()
    const refused = vi.fn<() => void>()
    started.drain().then(over, refused)
    opens.resolve()
    await settled()
    expect(line.stopped).toBe(1)
    await line.finish(0)
    expect(refused).not.toHaveBeenCalled()
    expect(over).toHaveBeenCalledOnce()
  })

  it('that never open ends its drain in time as well', async () => {
    const line = new Line(durable)
    const started = line.run({ store: rigStore({ opens: gateway().promise }).store })
    started.drain({ within: 1000 }).catch(() => {})
    await line.clock.advance(1000)
    expect(errorOf(line)).toMatchObject({ code: 'FOREBAY_DRAIN_TIMEOUT' })
  })
})

describe('why a flow is as fast as it is', () => {
  it('is told of the time since it was last asked for, when that was more than a second', async () => {
    const line = new Line()
    const started = line.run()
    const windows: number[] = []
    for (const ms of [1000, 1, 500, 1000]) {
      await line.clock.advance(ms)
      windows.push(started.why().windowMs)
    }
    expect(windows).toEqual([1000, 1001, 500, 1500])
  })
})
