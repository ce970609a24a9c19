import { describe, expect, it } from 'vitest'
import { flatMapMerge } from '../flow/flatten/flat-map-merge.ts'
import type { Program } from '../flow/program.ts'
import { ignoreSink } from '../flow/sinks/simple-sinks.ts'
import { flow } from '../flow/sources.ts'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import type { PlanNode, SinkNode } from './plan.ts'
import { run } from './run.ts'
import type { Snapshot } from './snapshot.ts'

/** The stages of a run with their kinds, operators and slots, and the arrows between them. */
function shapeOf({ stages, edges }: Snapshot): { stages: string[]; edges: string[] } {
  const names = new Map(stages.map(({ id, name }) => [id, name]))
  return {
    stages: stages.map(({ name, kind, operators, slots, sync }) =>
      [kind, name, `[${operators.map((operator) => operator.name).join()}]`, slots, sync ? 'sync' : '']
        .join(' ')
        .trim(),
    ),
    edges: edges.map(({ from, to, capacity }) => `${names.get(from)}>${names.get(to)} ${capacity}`),
  }
}
const built = (program: Program<any>): ReturnType<typeof shapeOf> => {
  const started = program.run({ clock: new VirtualClock() })
  const shape = shapeOf(started.inspect())
  started.cancel()
  return shape
}
const numbers = flow.range(1, 9)
const double = (n: number): number => n * 2
const later = (n: number): Promise<number> => Promise.resolve(n)
const save = (): void => {}

describe('what a plan becomes', () => {
  it('is one stage for a source and the operators behind it, and one for a sink that waits', () => {
    expect(built(numbers.map(double).filter(Boolean).to(save))).toEqual({
      stages: ['sink sink [] 1', 'source range [map,filter] 1 sync'],
      edges: ['range>sink 0'],
    })
    expect(built(ignoreSink<number>()(numbers.map(double)))).toEqual({
      stages: ['source range [map,ignore] 1 sync'],
      edges: [],
    })
    expect(built(numbers.map(double).named('read').to(save)).stages[1]).toBe('source read [map] 1 sync')
  })

  it('has an edge for each buffer, and a stage below it only where somebody works there', () => {
    expect(built(numbers.buffer(2).to(save))).toEqual({
      stages: ['sink sink [] 1', 'source range [] 1 sync'],
      edges: ['range>sink 2'],
    })
    expect(built(numbers.buffer(2).map(double).filter(Boolean).to(save))).toEqual({
      stages: ['sink sink [] 1', 'segment map · filter [map,filter] 1 sync', 'source range [] 1 sync'],
      edges: ['range>map · filter 2', 'map · filter>sink 0'],
    })
    expect(built(ignoreSink<number>()(numbers.buffer(2).buffer(3)))).toEqual({
      stages: ['segment ignore [ignore] 1 sync', 'segment relay [] 1 sync', 'source range [] 1 sync'],
      edges: ['relay>ignore 3', 'range>relay 2'],
    })
  })

  it('has a stage for each junction, with its slots, and one for the operators behind it', () => {
    const asked = numbers.mapAsync(later, { concurrency: 3 })
    expect(built(asked.to(save))).toEqual({
      stages: ['sink sink [] 1', 'mapAsync mapAsync [] 3', 'source range [] 1 sync'],
      edges: ['mapAsync>sink 0', 'range>mapAsync 0'],
    })
    expect(built(asked.map(double).to(save))).toEqual({
      stages: ['sink sink [] 1', 'mapAsync mapAsync [] 3', 'segment map [map] 1 sync', 'source range [] 1 sync'],
      edges: ['map>sink 0', 'mapAsync>map 0', 'range>mapAsync 0'],
    })
    expect(built(ignoreSink<number>()(asked)).stages[1]).toBe('segment ignore [ignore] 1 sync')
  })

  it('has a junction with several ends once', () => {
    const program = numbers.broadcast(
      (branch) => branch.to(save),
      (branch) => branch.map(double).to(save),
    )
    const { stages, edges } = built(program)
    expect(stages.filter((stage) => !stage.startsWith('sink'))).toEqual([
      'broadcast broadcast [] 1 sync',
      'source range [] 1 sync',
      'segment map [map] 1 sync',
    ])
    expect(edges).toEqual(['broadcast>sink 0', 'range>broadcast 0', 'map>sink 0', 'broadcast>map 0'])
  })

  it('is nothing for a firehose without a policy', () => {
    const firehose: PlanNode = { type: 'firehose', name: 'ticks', start: () => () => {} }
    const sink = { type: 'sink', name: 'save', input: firehose, bound: 0, slots: 1, fused: false, create: () => ({}) }
    expect(() => run({ name: 'ticks', sinks: [sink as unknown as SinkNode] })).toThrow(
      'ticks: a firehose needs an overflow policy before anything else',
    )
  })
})

describe('flows that begin while a run goes on', () => {
  /** Works on two numbers at once, each a flow of two steps of 10 ms. */
  const inner = (clock: VirtualClock, got: number[]): Program<any> => {
    const step = (n: number): Promise<number> => new Promise((done) => clock.after(10, () => done(n)))
    return numbers
      .via(flatMapMerge((n: number) => flow([n, n]).mapAsync(step), { breadth: 2 }))
      .to((n) => void got.push(n))
  }

  it('are parts of it while they last', async () => {
    const clock = new VirtualClock()
    const started = inner(clock, []).run({ clock })
    await clock.advance(5)
    const kinds = started.inspect().stages.map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'mapAsync')).toHaveLength(2)
    expect(kinds.filter((kind) => kind === 'source')).toHaveLength(3)
    await clock.advance(500)
    expect(started.inspect()).toMatchObject({ state: 'done', balanced: true, ledger: { in: 9, out: 9, inFlight: 0 } })
  })

  it('are brought to their end when it drains', async () => {
    const clock = new VirtualClock()
    const got: number[] = []
    const started = inner(clock, got).run({ clock })
    await clock.advance(5)
    void started.drain()
    await clock.advance(500)
    expect(got.toSorted((a, b) => a - b).slice(0, 4)).toEqual([1, 1, 2, 2])
    expect(got.length).toBeLessThan(18)
    expect(started.inspect()).toMatchObject({ state: 'done', balanced: true, ledger: { inFlight: 0, dropped: {} } })
  })

  it('end with it when it is cancelled', async () => {
    const clock = new VirtualClock()
    const got: number[] = []
    const started = inner(clock, got).run({ clock })
    started.done.catch(() => {})
    await clock.advance(15)
    const before = got.length
    started.cancel()
    await clock.advance(500)
    expect(got).toHaveLength(before)
    expect(started.inspect()).toMatchObject({ state: 'cancelled', balanced: true, ledger: { inFlight: 0 } })
  })
})
