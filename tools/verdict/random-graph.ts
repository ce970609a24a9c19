import type { Dice } from './dice.ts'
import { edge, stage, type EdgeModel, type Model, type StageModel } from './model.ts'

/** What a graph may be made of. */
export interface Ingredients {
  readonly sources: number
  readonly stages: number
  /** A loop of bounded feedback along a chain. */
  readonly feedback: boolean
  /** A branch that is always busy behind an edge that drops: it limits nobody. */
  readonly sideSink: boolean
  /** Two sources joined one to one. */
  readonly join: boolean
  /** The source leads to one stage only. */
  readonly plainSource: boolean
}

/** An output that nobody takes yet. Ends of one lineage carry the same number of items and may be joined one to one. */
interface OpenEnd {
  readonly stage: number
  readonly lineage: number
  readonly sources: number
}

/** A graph and which of its stages are harmless side branches. */
export interface RandomGraph {
  readonly model: Model
  readonly side: ReadonlySet<number>
}

/** Grows a graph of chains, fans, merges and joins. Every graph can run for ever: joins are only made where counts agree. */
export function randomGraph(dice: Dice, ingredients: Ingredients): RandomGraph {
  const stages: StageModel[] = []
  const edges: EdgeModel[] = []
  let lineages = 0

  const addStage = (more: Partial<StageModel> = {}): number => {
    const slots = dice.chance(0.4) ? dice.int(2, 8) : 1
    const spread = dice.chance(0.3) ? 'exponential' : dice.between(0, 0.5)
    return stages.push(stage(`s${stages.length}`, { slots, spread, ...more })) - 1
  }
  const connect = (from: number, to: number, more: Partial<EdgeModel> = {}): void => {
    const least = 2 * (stages[to] as StageModel).slots
    edges.push(edge(from, to, { capacity: dice.int(least + 4, least + 32), ...more }))
  }
  const extend = (end: OpenEnd): OpenEnd => {
    const next = addStage()
    connect(end.stage, next)
    return { ...end, stage: next }
  }

  let ends: OpenEnd[] = Array.from({ length: ingredients.sources }, (_, index) => ({
    stage: addStage({ source: 'generate' }),
    lineage: lineages++,
    sources: 1 << index,
  }))
  if (ingredients.join && ends.length > 1) {
    const [left, right, ...rest] = ends as [OpenEnd, OpenEnd, ...OpenEnd[]]
    ends = [...rest, joinEnds(extend(left), dice.chance(0.5) ? extend(right) : right)]
  }

  if (ingredients.plainSource) ends = ends.map(extend)

  function joinEnds(left: OpenEnd, right: OpenEnd): OpenEnd {
    const join = addStage({ join: 'zip' })
    connect(left.stage, join)
    connect(right.stage, join)
    return { stage: join, lineage: left.lineage, sources: left.sources | right.sources }
  }

  function mergeEnds(left: OpenEnd, right: OpenEnd): OpenEnd {
    const merge = addStage()
    connect(left.stage, merge)
    connect(right.stage, merge)
    return { stage: merge, lineage: lineages++, sources: left.sources | right.sources }
  }

  function fanOut(end: OpenEnd): OpenEnd[] {
    const hub = stages[end.stage] as { -readonly [K in keyof StageModel]: StageModel[K] }
    if (edges.some(({ from }) => from === end.stage)) return [extend(end)]
    hub.fan = dice.chance(0.5) ? 'broadcast' : dice.chance(0.5) ? 'partition' : 'lottery'
    return Array.from({ length: dice.int(2, 3) }, () => {
      const branch = addStage()
      connect(end.stage, branch, { weight: dice.int(1, 4) })
      return { stage: branch, lineage: hub.fan === 'broadcast' ? end.lineage : lineages++, sources: end.sources }
    })
  }

  while (stages.length < ingredients.stages - (ingredients.sideSink ? 1 : 0)) {
    const end = dice.pick(ends)
    const others = ends.filter((other) => other !== end)
    const twin = others.find(({ lineage }) => lineage === end.lineage)
    const step = dice.int(1, 10)
    const without = (...used: OpenEnd[]): OpenEnd[] => ends.filter((other) => !used.includes(other))
    if (step <= 2 && ends.length < 6) ends = [...without(end), ...fanOut(end)]
    else if (step <= 4 && twin !== undefined) ends = [...without(end, twin), joinEnds(end, twin)]
    else if (step <= 6 && others.length > 0) {
      const other = dice.pick(others)
      ends = [...without(end, other), mergeEnds(end, other)]
    } else ends = [...without(end), extend(end)]
  }

  if (ingredients.feedback) feedBack(dice, stages, edges)
  const side = new Set<number>()
  if (ingredients.sideSink) {
    const hubs = edges.map(({ from }) => from).filter((from) => from > 0 || !ingredients.plainSource)
    const hub = dice.pick(hubs)
    const sink = addStage()
    side.add(sink)
    connect(hub, sink, { lossy: true })
  }
  return { model: { stages, edges }, side }
}

/** Sends some items of a chain's end back to its beginning. Only along a plain chain: elsewhere the copies would multiply. */
function feedBack(dice: Dice, stages: readonly StageModel[], edges: EdgeModel[]): void {
  const isPlain = (index: number): boolean =>
    edges.filter(({ from }) => from === index).length === 1 && edges.filter(({ to }) => to === index).length === 1
  const heads = stages.map((_, index) => index).filter(isPlain)
  if (heads.length === 0) return
  const head = dice.pick(heads)
  let tail = head
  for (let length = dice.int(0, 3); length > 0; length--) {
    const next = edges.find(({ from }) => from === tail)?.to
    if (next === undefined || !isPlain(next)) break
    tail = next
  }
  if (tail === head) return
  const judge = stages[tail] as { -readonly [K in keyof StageModel]: StageModel[K] }
  judge.fan = 'partition'
  const onward = edges.findIndex(({ from }) => from === tail)
  edges[onward] = { ...(edges[onward] as EdgeModel), weight: 9 }
  edges.push(edge(tail, head, { capacity: 256, weight: dice.int(1, 2), feedback: true }))
}
