import type { Snapshot, StageSnapshot } from '../../packages/forebay/src/kernel/snapshot.ts'
import { verdict, type Verdict } from '../../packages/forebay/src/kernel/verdict/verdict.ts'
import type { Model } from './model.ts'
import { plant, relieved, type Plant, type Planted } from './plant.ts'
import { Simulation } from './simulation.ts'

/** What became of one graph. */
export interface Trial {
  readonly planted: Planted
  readonly found: Verdict
  readonly isRight: boolean
  /** Relative error of the predicted rate; absent where nothing was predicted. */
  readonly error?: number
  readonly isNextRight?: boolean
}

/** The table of the proof. */
export interface Proof {
  readonly graphs: number
  readonly right: number
  readonly whatIf: { readonly predicted: number; readonly medianError: number; readonly p90Error: number }
  readonly next: { readonly right: number; readonly of: number }
  readonly byPlant: Readonly<Record<Plant, { graphs: number; right: number }>>
  readonly wrong: readonly { readonly seed: number; readonly plant: Plant; readonly sentence: string }[]
}

/** Until the edges in front of the limiter are as full as they get; a doubled graph has to find its new balance first. */
const WARM_UP_MS = 400
const WINDOW_MS = 1000

/** Plants a limiter in one random graph, asks for the verdict, and, with `doubles`, compares its prediction with the doubled graph. */
function tryGraph(seed: number, doubles = true): Trial {
  const planted = plant(seed)
  const [before, after] = run(planted.model, planted, WARM_UP_MS)
  const found = verdict(before, after)
  const isRight = isNamed(planted, found)
  if (!doubles || !isRight || found.whatIf === undefined) return { planted, found, isRight }
  const [start, end] = run(relieved(planted), planted, 2 * WARM_UP_MS)
  const actual = rateOf(start, end, planted.culprit)
  const error = Math.abs(found.whatIf.predictedRate - actual) / actual
  return { planted, found, isRight, error, isNextRight: isNext(planted, start, end, found.whatIf.nextLimiter) }
}

/** Tries `graphs` graphs, seeds `from`, `from` + 1, … and doubles the limiter of every `doubleEvery`-th. */
export function prove(graphs: number, from = 1, doubleEvery = 1): Proof {
  const trials = Array.from({ length: graphs }, (_, index) => tryGraph(from + index, index % doubleEvery === 0))
  const errors = trials.flatMap(({ error }) => (error === undefined ? [] : [error])).toSorted((a, b) => a - b)
  const nexts = trials.flatMap(({ isNextRight }) => (isNextRight === undefined ? [] : [isNextRight]))
  const byPlant = {} as Record<Plant, { graphs: number; right: number }>
  for (const { planted, isRight } of trials) {
    const row = (byPlant[planted.plant] ??= { graphs: 0, right: 0 })
    row.graphs++
    if (isRight) row.right++
  }
  return {
    graphs,
    right: trials.filter(({ isRight }) => isRight).length,
    whatIf: { predicted: errors.length, medianError: quantile(errors, 0.5), p90Error: quantile(errors, 0.9) },
    next: { right: nexts.filter(Boolean).length, of: nexts.length },
    byPlant,
    wrong: trials
      .filter(({ isRight }) => !isRight)
      .map(({ planted, found }) => ({ seed: planted.seed, plant: planted.plant, sentence: found.sentence })),
  }
}

function run(model: Model, { seed, readyIsBusy }: Planted, warmUpMs: number): [Snapshot, Snapshot] {
  const simulation = new Simulation(model, seed)
  simulation.advance(warmUpMs)
  const before = simulation.inspect(readyIsBusy)
  simulation.advance(WINDOW_MS)
  return [before, simulation.inspect(readyIsBusy)]
}

function isNamed({ plant: kind, culprit, model }: Planted, found: Verdict): boolean {
  if (found.stage !== `sim:${culprit}`) return false
  if (kind === 'limit' || kind === 'rate') return found.kind === 'gate' && found.gate === `sim:g${culprit}`
  if (kind === 'loop') return found.kind === 'loop' && found.operator === model.stages[culprit]?.name
  if (kind === 'join') return found.kind === 'source'
  return found.kind === 'bottleneck'
}

function rateOf(before: Snapshot, after: Snapshot, index: number): number {
  return ((stageOf(after, index).settled - stageOf(before, index).settled) * 1000) / WINDOW_MS
}

/** Whether the graph, once relieved, is limited by what was predicted: the part of it that is used most. Within 2 % of the most is a tie. */
function isNext(planted: Planted, before: Snapshot, after: Snapshot, predicted: string | undefined): boolean {
  const { model, side, culprit, plant: kind } = planted
  const used = new Map<string, number>()
  for (const [index, stage] of model.stages.entries()) {
    if (side.has(index) || stage.source === 'firehose') continue
    const now = stageOf(after, index)
    const then = stageOf(before, index)
    const isOutside = stage.source === 'arrive'
    const isCulprit = index === culprit
    const slots = now.slots
    const busy = (now.busyMs - then.busyMs) / (WINDOW_MS * slots)
    const gated = (now.gatedMs - then.gatedMs) / (WINDOW_MS * slots)
    const limit = 2 * (stage.gate?.limit ?? 0)
    const gateUse = kind === 'rate' ? rateOf(before, after, index) / limit : (busy * slots) / limit
    // A source outside the flow is never busy: it limits when nothing holds it back.
    const free = 1 - (now.blockedMs - then.blockedMs) / (WINDOW_MS * slots)
    if (isOutside && isCulprit) used.set('same', free)
    else if (!isOutside && !isCulprit) used.set(now.id, busy)
    else if (isCulprit && kind !== 'limit' && kind !== 'rate') used.set('same', busy)
    else used.set('same', gateUse).set(now.id, gateUse < 0.95 ? busy + gated : busy)
  }
  if (kind === 'loop') used.set('loop', (after.loop.activeMs - before.loop.activeMs) / WINDOW_MS)
  const most = Math.max(...used.values())
  return (used.get(predicted ?? 'same') ?? (predicted === undefined ? used.get('loop') : undefined) ?? 0) >= most - 0.02
}

function stageOf(snapshot: Snapshot, index: number): StageSnapshot {
  return snapshot.stages[index] as StageSnapshot
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}
