import { dice, type Dice } from './dice.ts'
import type { EdgeModel, Model, StageModel } from './model.ts'
import { randomGraph, type RandomGraph } from './random-graph.ts'
import { Simulation } from './simulation.ts'

/** What a planted limiter is. */
export const plants = ['stage', 'source', 'limit', 'rate', 'loop', 'firehose', 'join'] as const
export type Plant = (typeof plants)[number]

/** A graph with one limiter that is known beforehand. */
export interface Planted {
  readonly seed: number
  readonly plant: Plant
  readonly model: Model
  /** Index of the limiting stage, or of the stage whose gate limits. */
  readonly culprit: number
  readonly side: ReadonlySet<number>
  /** How much slower than its closest rival it is. */
  readonly margin: number
  /** How the simulated runtime counts the time that a synchronous stage waits for the loop. */
  readonly readyIsBusy: boolean
}

type Draft = { -readonly [K in keyof StageModel]: StageModel[K] }

/** How often each kind is planted: mostly plain stages. */
const mix: readonly Plant[] = [
  ...(['stage', 'stage', 'stage', 'stage', 'stage', 'stage', 'stage', 'stage'] as const),
  ...([
    'source',
    'limit',
    'limit',
    'rate',
    'rate',
    'loop',
    'loop',
    'loop',
    'firehose',
    'firehose',
    'join',
    'join',
  ] as const),
]

/** The most a limiter handles, items per ms. */
const CAPACITY = 1
const PILOT_MS = 400
/** A limiter that gets less than one item in so many teaches little for the time it takes. */
const RAREST = 2

/**
 * Grows a graph from `seed` and makes one stage of it the limiter. The other stages get their times from a
 * pilot run in which that stage alone takes time: it tells how many items of each stage come with one of the
 * limiter's. So the truth does not depend on what is to be tested.
 */
export function plant(seed: number): Planted {
  for (let attempt = 0; ; attempt++) {
    const planted = tryPlant(seed, attempt)
    if (planted !== undefined) return planted
  }
}

function tryPlant(seed: number, attempt: number): Planted | undefined {
  const chance = dice(seed + attempt * 1e6)
  const kind = chance.pick(mix)
  const join = kind === 'join' || (kind !== 'loop' && kind !== 'source' && kind !== 'firehose' && chance.chance(0.1))
  const isSingle = kind === 'loop' || kind === 'source' || kind === 'firehose'
  const graph = randomGraph(chance, {
    sources: join ? 2 : isSingle ? 1 : chance.int(1, 3),
    stages: chance.int(6, 25),
    feedback: kind !== 'loop' && kind !== 'firehose' && chance.chance(0.25),
    sideSink: kind !== 'loop' && chance.chance(0.4),
    join,
    plainSource: kind === 'firehose',
  })
  const culprit = choose(chance, graph, kind)
  const margin = chance.between(1.15, 1.6)
  const stages = graph.model.stages as Draft[]
  if (kind !== 'loop' && kind !== 'limit' && kind !== 'rate') addHarmlessGates(chance, stages, culprit)
  if (!join) tameOtherSources(chance, graph.model, culprit)
  const draft = stages[culprit] as Draft
  draft.serviceMs = draft.slots / CAPACITY
  if (kind === 'limit' || kind === 'rate') addGate(chance, draft, kind)
  const rates = pilot(graph, culprit, seed)
  if (Math.max(...rates) > RAREST * CAPACITY) return undefined
  setTimes(chance, graph, culprit, rates, margin)
  if (kind === 'loop') putOnLoop(chance, stages, culprit, rates)
  if (kind === 'join' && chance.chance(0.5)) (stages[culprit] as Draft).source = 'arrive'
  if (kind === 'join') (stages[culprit] as Draft).slots = 1
  if (kind === 'join') (stages[culprit] as Draft).serviceMs = 1 / CAPACITY
  if (kind === 'firehose') openFirehose(chance, graph.model, rates)
  if (kind !== 'loop') fill(graph.model, culprit)
  return { seed, plant: kind, model: graph.model, culprit, side: graph.side, margin, readyIsBusy: chance.chance(0.5) }
}

function choose(chance: Dice, { model, side }: RandomGraph, kind: Plant): number {
  if (kind === 'source') return 0
  if (kind === 'join') return chance.int(0, 1)
  const all = model.stages.map((_, index) => index)
  return chance.pick(all.filter((index) => model.stages[index]?.source === undefined && !side.has(index)))
}

/** A limiter behind a gate has slots to spare: the gate is what holds it. */
function addGate(chance: Dice, draft: Draft, kind: 'limit' | 'rate'): void {
  if (kind === 'rate') {
    draft.slots = chance.int(2, 8)
    draft.serviceMs = (draft.slots / CAPACITY) * chance.between(0.3, 0.8)
    draft.gate = { kind, limit: 1000 * CAPACITY }
    return
  }
  const limit = chance.int(1, 4)
  draft.slots = limit + chance.int(1, 8)
  draft.serviceMs = limit / CAPACITY
  draft.gate = { kind, limit }
}

function addHarmlessGates(chance: Dice, stages: readonly Draft[], culprit: number): void {
  for (const [index, draft] of stages.entries()) {
    if (index === culprit || draft.source !== undefined || !chance.chance(0.1)) continue
    draft.gate = { kind: 'limit', limit: draft.slots }
  }
}

/** A source that does not lead to the limiter would run until something else stops it; it gets a pace of its own. */
function tameOtherSources(chance: Dice, { stages, edges }: Model, culprit: number): void {
  const upstream = new Set([culprit])
  for (const index of upstream) for (const { from, to } of edges) if (to === index) upstream.add(from)
  const fast = [...upstream].filter((index) => stages[index]?.source !== undefined && index !== culprit)
  const kept = fast.length > 0 ? chance.pick(fast) : -1
  for (const [index, draft] of (stages as Draft[]).entries()) {
    if (draft.source === undefined || index === culprit || index === kept) continue
    if (upstream.has(index) && chance.chance(0.6)) continue
    draft.source = 'arrive'
    draft.slots = 1
    draft.serviceMs = chance.between(3, 8) / CAPACITY
  }
}

/** Items per ms of every stage when only the limiter and the world outside take time. */
function pilot({ model, side }: RandomGraph, culprit: number, seed: number): number[] {
  const stages = model.stages.map((draft, index) => {
    if (index === culprit || draft.source === 'arrive') return { ...draft, spread: 0 }
    const { gate: _, ...free } = draft
    const even = free.fan === 'lottery' ? 'partition' : free.fan
    return { ...free, fan: even, spread: 0, serviceMs: (side.has(index) ? 0.001 : 0.02) * draft.slots } as const
  })
  const simulation = new Simulation({ stages, edges: model.edges }, seed)
  simulation.advance(PILOT_MS)
  const before = simulation.stages.map(({ settled }) => settled)
  simulation.advance(PILOT_MS)
  return simulation.stages.map(({ settled }, index) => (settled - (before[index] as number)) / PILOT_MS)
}

function setTimes(
  chance: Dice,
  { model, side }: RandomGraph,
  culprit: number,
  rates: readonly number[],
  margin: number,
): void {
  const others = [...model.stages.keys()].filter((index) => index !== culprit && !side.has(index))
  const rival = chance.pick(others.filter((index) => model.stages[index]?.source !== 'arrive'))
  for (const [index, draft] of (model.stages as Draft[]).entries()) {
    if (index === culprit || draft.source === 'arrive') continue
    const perSlot = draft.slots / Math.max(rates[index] as number, 0.001)
    const used = index === rival ? 1 / margin : chance.between(0.15, 0.93 / margin)
    draft.serviceMs = perSlot * (side.has(index) ? chance.between(1.5, 5) : used)
  }
}

/** Puts the limiter and some others on one loop, whose time they use up between them; what stays off it has time to spare. */
function putOnLoop(chance: Dice, stages: readonly Draft[], culprit: number, rates: readonly number[]): void {
  const share = chance.between(0.5, 0.8)
  const weights = stages.map((_, index) => (index === culprit ? 0 : chance.between(0.1, 1)))
  const sum = weights.reduce((total, weight) => total + weight)
  for (const [index, draft] of stages.entries()) {
    const part = index === culprit ? share : ((1 - share) * (weights[index] as number)) / sum
    const cpu = part / Math.max(rates[index] as number, 0.001)
    if (index === culprit || index === 0 || chance.chance(0.6)) {
      draft.sync = true
      draft.slots = 1
      draft.serviceMs = cpu
    } else {
      draft.slots = chance.int(4, 8)
      draft.serviceMs = (chance.between(0.1, 0.5) * draft.slots) / Math.max(rates[index] as number, 0.001)
      draft.loopMs = cpu
    }
  }
}

/** Lets the source send faster than the limiter allows, over an edge that drops. */
function openFirehose(chance: Dice, { stages, edges }: Model, rates: readonly number[]): void {
  const source = stages[0] as Draft
  for (const out of edges as { -readonly [K in keyof EdgeModel]: EdgeModel[K] }[]) if (out.from === 0) out.lossy = true
  source.source = 'firehose'
  source.slots = 1
  source.serviceMs = 1 / ((rates[0] as number) * chance.between(1.3, 4))
}

/** Starts with what waits in front of the limiter already waiting, which is where it ends up anyway. */
function fill({ edges }: Model, culprit: number): void {
  const upstream = new Set([culprit])
  for (const index of upstream) {
    for (const into of edges) {
      if (into.to !== index || into.feedback === true) continue
      into.held = Math.floor(0.75 * into.capacity)
      upstream.add(into.from)
    }
  }
}

/** The same graph with its limiter doubled: twice the slots, twice the limit, or off the event loop. */
export function relieved({ model, culprit, plant: kind }: Planted): Model {
  const stages = model.stages.map((draft, index) => {
    if (index !== culprit) return draft
    if (kind === 'loop') {
      const { sync: _, ...off } = draft
      return { ...off, slots: 16 }
    }
    if (kind === 'limit' || kind === 'rate') return { ...draft, gate: { kind, limit: 2 * (draft.gate?.limit ?? 0) } }
    if (draft.source === 'arrive') return { ...draft, serviceMs: draft.serviceMs / 2 }
    return { ...draft, slots: 2 * draft.slots }
  })
  return { stages, edges: model.edges.map((empty) => ({ ...empty, held: 0 })) }
}
