import { describe, expect, test } from 'vitest'
import { snapshotPair, type FlowSketch } from '../../../test/support/snapshot-pair.ts'
import { flowView, type FlowView, type StageView } from './flow-view.ts'
import { saturation, starts, walk, type Walk } from './walk.ts'

const of = (sketch: FlowSketch): FlowView => flowView(...snapshotPair(sketch))
const nameOf = ({ stage }: StageView): string => stage.name
const named = (view: FlowView, name: string): StageView =>
  view.stages.find((stage) => nameOf(stage) === name) as StageView

/** Walks from each of `from`, the later ones over what the earlier ones know; the last one, in names. */
function walked(sketch: FlowSketch, ...from: readonly string[]): Record<string, unknown> {
  const view = of(sketch)
  const known = new Map<StageView, Walk>()
  const { path, end, join, ring } = from.map((name) => walk(named(view, name), known)).at(-1) as Walk
  return {
    path: path.map(nameOf).join(' '),
    end: nameOf(end),
    ...(join !== undefined && { join: nameOf(join) }),
    ...(ring !== undefined && { ring: ring.map(nameOf).join(' ') }),
  }
}

describe('how full a stage is', () => {
  const stages = { read: { busy: 0.3, gated: 0.2, blocked: 0.4 }, save: {} }
  const full = (blocked: number): number =>
    saturation(named(of({ stages, edges: { 'read>save': { blocked } } }), 'read'))

  test('counts its work and its waiting for permits', () => {
    expect(full(0.4)).toBeCloseTo(0.5)
  })

  test('counts results that it holds though no edge waits for them', () => {
    expect(full(0)).toBeCloseTo(0.9)
    expect(full(0.01)).toBeCloseTo(0.9)
  })
})

describe('downstream', () => {
  const chain = (first: number, second: number): FlowSketch => ({
    stages: { a: { blocked: first, busy: 0.1 }, b: { blocked: second, busy: 0.95 }, c: { busy: 0.5 } },
    edges: { 'a>b': { blocked: first }, 'b>c': { blocked: second } },
  })

  test('a start is left from a twentieth of the time on, what is behind it from a fiftieth', () => {
    expect(walked(chain(0.04, 0), 'a')).toEqual({ path: 'a', end: 'a' })
    expect(walked(chain(0.05, 0), 'a')).toEqual({ path: 'a b', end: 'b' })
    expect(walked(chain(0.05, 0.01), 'a')).toEqual({ path: 'a b', end: 'b' })
    expect(walked(chain(0.05, 0.02), 'a')).toEqual({ path: 'a b c', end: 'b' })
  })

  test('the edge that holds back most is taken, of two alike the first', () => {
    const fan = (b: number, c: number): FlowSketch => ({
      stages: { a: { blocked: 0.9 }, b: { busy: 0.9 }, c: { busy: 0.9 } },
      edges: { 'a>b': { blocked: b }, 'a>c': { blocked: c } },
    })

    expect(walked(fan(0.6, 0.4), 'a')).toMatchObject({ end: 'b' })
    expect(walked(fan(0.4, 0.6), 'a')).toMatchObject({ end: 'c' })
    expect(walked(fan(0.4, 0.4), 'a')).toMatchObject({ end: 'b' })
  })

  test('a stage on the way is named when it is clearly fuller than the last one', () => {
    const full = (a: number, b: number): FlowSketch => ({
      stages: { a: { blocked: 0.5, busy: 0.1 }, b: { blocked: 0.3, busy: a }, c: { busy: b } },
      edges: { 'a>b': { blocked: 0.5 }, 'b>c': { blocked: 0.3 } },
    })

    expect(walked(full(0.6, 0.3), 'a')).toMatchObject({ path: 'a b c', end: 'b' })
    expect(walked(full(0.32, 0.3), 'a')).toMatchObject({ path: 'a b c', end: 'c' })
    expect(walked(full(0.2, 0.3), 'a')).toMatchObject({ end: 'c' })
  })
})

describe('an edge at which nobody waits', () => {
  const filling = (edge: FlowSketch['edges'][string], save = {}): FlowSketch => ({
    stages: { door: { busy: 0.1 }, save: { busy: 0.95, slots: 4, ...save } },
    edges: { 'door>save': { capacity: 100_000, lengthBefore: 50, length: 100, ...edge } },
  })

  test('is a way on while it gains a twentieth of what comes', () => {
    expect(walked(filling({}), 'door')).toEqual({ path: 'door save', end: 'save' })
    expect(walked(filling({ length: 99 }), 'door')).toEqual({ path: 'door', end: 'door' })
  })

  test('is no way on while its consumer takes all in one go, or lacks items', () => {
    const short = { lengthBefore: 0, length: 8, rate: 10 }

    expect(walked(filling(short), 'door')).toMatchObject({ end: 'door' })
    expect(walked(filling({ ...short, length: 9 }), 'door')).toMatchObject({ end: 'save' })
    expect(walked(filling({}, { busy: 0.8 }), 'door')).toMatchObject({ end: 'door' })
  })

  test('is no way on where it fills and may drop, but drops nothing', () => {
    expect(walked(filling({ policy: 'drop-oldest' }), 'door')).toMatchObject({ end: 'door' })
  })

  const dropping = (drops: number, ticks = {}, more: FlowSketch['edges'] = {}): FlowSketch => ({
    stages: { ahead: { blocked: 0.5 }, ticks, draw: { busy: 0.99 }, save: { busy: 0.2 } },
    edges: { 'ticks>draw': { policy: 'drop-oldest', drops, length: 8 }, ...more },
  })
  const fed = { 'ahead>ticks': { blocked: 0.5 } }

  test('is a way on when it drops more than a twentieth', () => {
    expect(walked(dropping(4), 'ticks')).toMatchObject({ end: 'ticks' })
    expect(walked(dropping(5), 'ticks')).toMatchObject({ end: 'ticks' })
    expect(walked(dropping(6), 'ticks')).toMatchObject({ end: 'draw' })
  })

  test('is no way on beside an edge that does not drop', () => {
    expect(walked(dropping(50, {}, { 'ticks>save': {} }), 'ticks')).toEqual({ path: 'ticks', end: 'ticks' })
    expect(walked(dropping(50, {}, { 'ticks>save': { policy: 'drop-newest' } }), 'ticks')).toMatchObject({
      end: 'draw',
    })
  })

  test('is no way on from a stage that is the limit itself, unless it is the source', () => {
    const full = { busy: 0.5, gated: 0.4 }

    expect(walked(dropping(50, full), 'ticks')).toMatchObject({ path: 'ticks draw' })
    expect(walked(dropping(50, full, fed), 'ahead')).toEqual({ path: 'ahead ticks', end: 'ticks' })
    expect(walked(dropping(50, { busy: 0.5 }, fed), 'ahead')).toMatchObject({ path: 'ahead ticks draw' })
  })
})

describe('at a join', () => {
  const joined = (stages: FlowSketch['stages'], edges: FlowSketch['edges']): FlowSketch => ({
    stages: { orders: { blocked: 0.8 }, quotes: { busy: 0.2 }, join: { busy: 0.3 }, ...stages },
    edges: { 'orders>join': { blocked: 0.8 }, ...edges },
  })

  test('the walk turns to the input that it lacks, and names what is fullest from there on', () => {
    const sketch = joined(
      { join: { busy: 0.6 }, price: { busy: 0.4 }, quotes: { blocked: 0.5 } },
      { 'price>join': {}, 'quotes>price': { blocked: 0.5 } },
    )

    expect(walked(sketch, 'orders')).toEqual({ path: 'orders join price', end: 'price', join: 'join' })
  })

  test('a source at the end of the way up is named, however full the stages are that it feeds', () => {
    const sketch = joined({ price: { busy: 0.5 } }, { 'price>join': {}, 'quotes>price': {} })

    expect(walked(sketch, 'orders')).toEqual({ path: 'orders join price quotes', end: 'quotes', join: 'join' })
  })

  test('the walk does not turn when a stage on the way is full, nor where the join lacks nothing', () => {
    const behind = (slow: number): FlowSketch =>
      joined(
        { slow: { busy: slow, blocked: 0.03 } },
        { 'orders>join': {}, 'orders>slow': { blocked: 0.8 }, 'slow>join': { blocked: 0.03 }, 'quotes>join': {} },
      )

    expect(walked(behind(0.9), 'orders')).toEqual({ path: 'orders slow join', end: 'slow' })
    expect(walked(behind(0.89), 'orders')).toMatchObject({ join: 'join' })
    const held = { join: { busy: 0.5, blocked: 0.46 }, save: { busy: 0.5 } }
    expect(walked(joined(held, { 'quotes>join': {}, 'join>save': { blocked: 0.46 } }), 'orders')).toEqual({
      path: 'orders join save',
      end: 'save',
    })
    const busyQuotes = { quotes: { busy: 0.2, blocked: 0.05 } }
    expect(walked(joined(busyQuotes, { 'quotes>join': { blocked: 0.05 } }), 'orders')).toEqual({
      path: 'orders join',
      end: 'join',
    })
  })

  test('what holds a stage back goes before what it lacks, also on the way up', () => {
    const behind = { join: { busy: 0.2, blocked: 0.5 }, save: { busy: 0.95 } }
    expect(walked(joined(behind, { 'quotes>join': {}, 'join>save': { blocked: 0.5 } }), 'orders')).toEqual({
      path: 'orders join save',
      end: 'save',
    })

    const beside = { price: { busy: 0.2, blocked: 0.4 }, log: { busy: 0.95 } }
    const edges = { 'price>join': {}, 'quotes>price': {}, 'price>log': { blocked: 0.4 } }
    expect(walked(joined(beside, edges), 'orders')).toMatchObject({ path: 'orders join price log', end: 'log' })
  })

  test('of several inputs that it lacks, the one that waits least, of two alike the first', () => {
    const inputs = { a: { blocked: 0.03 }, b: {}, c: { blocked: 0.02 }, d: {} }
    const edges = { 'a>join': { blocked: 0.03 }, 'b>join': {}, 'c>join': { blocked: 0.02 }, 'd>join': {} }

    expect(walked(joined(inputs, edges), 'orders')).toMatchObject({ path: 'orders join b' })
  })

  test('never back to where the walk came from, though that waits less', () => {
    const sketch = joined(
      { mid: { busy: 0.2, blocked: 0.03 }, quotes: { blocked: 0.04 } },
      {
        'orders>join': {},
        'orders>mid': { blocked: 0.8 },
        'mid>join': { blocked: 0.03 },
        'quotes>join': { blocked: 0.04 },
      },
    )

    expect(walked(sketch, 'orders')).toEqual({ path: 'orders mid join quotes', end: 'quotes', join: 'join' })
  })

  test('a stage of one input is no join', () => {
    const sketch = (b: number): FlowSketch => ({
      stages: { a: { blocked: 0.8 }, b: { busy: b, blocked: 0.03 }, c: { busy: 0.5 } },
      edges: { 'a>b': { blocked: 0.8 }, 'b>c': { blocked: 0.03 } },
    })

    expect(walked(sketch(0.3), 'a')).toEqual({ path: 'a b c', end: 'c' })
    expect(walked(sketch(0.95), 'a')).toEqual({ path: 'a b c', end: 'b' })
    expect(walked({ stages: { a: {}, b: { busy: 0.8 } }, edges: { 'a>b': { length: 8 } } }, 'b')).toEqual({
      path: 'b',
      end: 'b',
    })
  })
})

describe('a walk that comes to where another has been', () => {
  const rest: FlowSketch['stages'] = { quotes: { busy: 0.2 }, join: { busy: 0.3 } }
  const sketch: FlowSketch = {
    stages: { a: { blocked: 0.8 }, b: { busy: 0.5, blocked: 0.5 }, c: { blocked: 0.4 }, ...rest },
    edges: {
      'a>join': { blocked: 0.8 },
      'b>join': { blocked: 0.5 },
      'c>join': { blocked: 0.4 },
      'quotes>join': {},
    },
  }

  test('takes over its end, its join and its ring', () => {
    expect(walked(sketch, 'a')).toEqual({ path: 'a join quotes', end: 'quotes', join: 'join' })
    expect(walked(sketch, 'a', 'c')).toEqual({ path: 'c quotes', end: 'quotes', join: 'join' })
  })

  const still = { blocked: 1, rate: 0 }
  const ring: FlowSketch = {
    stages: { a: { blocked: 0.5, busy: 0.5 }, b: { blocked: 0.4, busy: 0.6 }, build: still, check: still },
    edges: {
      'a>build': { blocked: 0.5 },
      'b>build': { blocked: 0.4 },
      'build>check': { blocked: 1 },
      'check>build': { blocked: 1 },
    },
  }

  test('names a member of the ring, however full the stages before it are', () => {
    expect(walked(ring, 'a')).toEqual({ path: 'a build check', end: 'check', ring: 'build check' })
    expect(walked(ring, 'a', 'b')).toEqual({ path: 'b check', end: 'check', ring: 'build check' })
  })

  test('leaves what is known of the stages that it shares', () => {
    const chain: FlowSketch = {
      stages: { a: { blocked: 0.5 }, b: { blocked: 0.4, busy: 0.6 }, c: { blocked: 0.3 }, slow: { busy: 0.5 } },
      edges: { 'a>slow': { blocked: 0.5 }, 'b>slow': { blocked: 0.4 }, 'c>slow': { blocked: 0.3 } },
    }

    expect(walked(chain, 'a', 'b')).toEqual({ path: 'b slow', end: 'b' })
    expect(walked(chain, 'a', 'b', 'c')).toEqual({ path: 'c slow', end: 'slow' })
  })
})

describe('a walk starts', () => {
  const backlog = (edge: FlowSketch['edges'][string], save = {}): string[] =>
    starts(
      of({
        stages: { read: {}, save: { busy: 0.95, slots: 4, ...save }, log: {} },
        edges: { 'read>save': { length: 9, ...edge }, 'read>log': { policy: 'drop-oldest' } },
      }),
    ).map(nameOf)

  test('at each source, and at a stage that has more before it than it takes in one go', () => {
    expect(backlog({})).toEqual(['read', 'save'])
    expect(backlog({ length: 8 })).toEqual(['read'])
    expect(backlog({}, { busy: 0.8 })).toEqual(['read'])
  })

  test('at what stands before an edge that may drop, while it does not, unless it is a side branch', () => {
    const lossy = { policy: 'drop-oldest' } as const
    const before = (edges: FlowSketch['edges']): string[] =>
      starts(of({ stages: { read: {}, save: { busy: 0.95 }, log: { busy: 0.95 } }, edges })).map(nameOf)

    expect(before({ 'read>log': { ...lossy, length: 8 } })).toEqual(['read', 'save', 'log'])
    expect(before({ 'read>log': { ...lossy, length: 8, drops: 3 } })).toEqual(['read', 'save'])
    expect(before({ 'read>save': {}, 'read>log': { ...lossy, length: 8 } })).toEqual(['read'])
    expect(before({ 'read>save': lossy, 'read>log': { ...lossy, length: 8 } })).toEqual(['read', 'log'])
  })
})
