import { seededRandom, type Random } from '../../packages/forebay/src/kernel/random.ts'
import type { EdgeModel, Model, StageModel } from './model.ts'

export interface EdgeState {
  readonly model: EdgeModel
  length: number
  put: number
  taken: number
  dropped: number
  /** Slots of its producer that wait for room here. */
  waiting: number
  waitedMs: number
  since: number
  /** Its claim to the next item of a stage that shares its items out. */
  turn: number
}

/** What a slot is doing: an index into {@link StageState.slotsIn}. */
export const BUSY = 0
export const BLOCKED = 1
export const STARVED = 2
export const GATED = 3
/** Waits for the world outside to give an item; a flow counts that as starved. */
const OUTSIDE = 4
/** Has an item and waits for the event loop; a runtime may count that as busy or as starved. */
export const READY = 5

export interface StageState {
  readonly model: StageModel
  readonly inputs: EdgeState[]
  readonly feedback: EdgeState | undefined
  readonly outputs: EdgeState[]
  /** The outputs an item may take when it takes only one, and for each of them all that it then goes to. */
  readonly choice: EdgeState[]
  readonly routes: EdgeState[][]
  /** What an item that finishes does while its slot works. */
  readonly working: number
  readonly slotsIn: number[]
  /** Time spent in each state by those slots that have left it; those that are in it still lack their part. */
  readonly ms: number[]
  in: number
  settled: number
  emitted: number
  cpuMs: number
  /** Finished items that wait to be handed over: the outputs each of them needs. */
  readonly held: EdgeState[][]
  /** Items that wait for a permit. */
  gated: number
  inUse: number
  admitted: number
  nextPermitAt: number
  permitDue: boolean
  turn: number
  isDirty: boolean
  readonly random: Random
  readonly route: Random
}

/** Everything idle, the edges holding what the model says. */
export function initialState(model: Model, seed: number): { stages: StageState[]; edges: EdgeState[] } {
  const edges = model.edges.map((edge) => ({
    model: edge,
    length: edge.held ?? 0,
    put: edge.held ?? 0,
    taken: 0,
    dropped: 0,
    waiting: 0,
    waitedMs: 0,
    since: 0,
    turn: 0,
  }))
  const stages = model.stages.map((stage, index) => {
    const inputs = edges.filter((edge) => edge.model.to === index)
    const outputs = edges.filter((edge) => edge.model.from === index)
    // A side edge that may lose items gets everything and takes no part in the choice.
    const choice = outputs.filter((edge) => !edge.model.lossy)
    const besides = outputs.filter((edge) => edge.model.lossy)
    const isOutside = stage.source === 'arrive' || stage.source === 'firehose'
    return {
      model: stage,
      inputs,
      feedback: inputs.find((edge) => edge.model.feedback === true),
      outputs,
      choice,
      routes: choice.map((edge) => [edge, ...besides]),
      working: isOutside ? OUTSIDE : BUSY,
      slotsIn: [0, 0, stage.slots, 0, 0, 0],
      ms: [0, 0, 0, 0, 0, 0],
      in: 0,
      settled: 0,
      emitted: 0,
      cpuMs: 0,
      held: [],
      gated: 0,
      inUse: 0,
      admitted: 0,
      nextPermitAt: 0,
      permitDue: false,
      turn: 0,
      isDirty: false,
      random: seededRandom(seed * 1009 + index),
      route: seededRandom(seed * 2003 + index),
    }
  })
  return { stages, edges }
}

/** The outputs that the next finished item goes to. */
export function targets(stage: StageState): EdgeState[] {
  const { outputs, model, choice, routes } = stage
  if (model.fan === 'broadcast' || outputs.length < 2) return outputs
  let all = 0
  for (const output of choice) all += output.model.weight
  let chosen = 0
  if (model.fan === 'lottery') {
    let point = stage.route.next() * all
    chosen = Math.max(
      0,
      choice.findIndex((output) => (point -= output.model.weight) < 0),
    )
  } else {
    // Smooth weighted round robin: everybody gains its weight, the richest pays for all.
    for (let index = 0; index < choice.length; index++) {
      const output = choice[index] as EdgeState
      output.turn += output.model.weight
      if (output.turn > (choice[chosen] as EdgeState).turn) chosen = index
    }
    ;(choice[chosen] as EdgeState).turn -= all
  }
  return routes[chosen] as EdgeState[]
}

/** The input that a stage takes its next item from: what is fed back first, the others in turn. */
export function nextInput(stage: StageState): EdgeState | undefined {
  const { inputs, feedback } = stage
  if (feedback !== undefined && feedback.length > 0) return feedback
  for (let tried = 0; tried < inputs.length; tried++) {
    const index = stage.turn + tried < inputs.length ? stage.turn + tried : stage.turn + tried - inputs.length
    const input = inputs[index] as EdgeState
    if (input.length === 0) continue
    stage.turn = index + 1 === inputs.length ? 0 : index + 1
    return input
  }
  return undefined
}

export function hasRoom(edge: EdgeState): boolean {
  return edge.model.lossy || edge.length < edge.model.capacity
}

/** How long the next item takes. */
export function duration({ model, random }: StageState): number {
  const { serviceMs, spread } = model
  if (spread === 0) return serviceMs
  if (spread === 'exponential') return -serviceMs * Math.log(1 - random.next())
  return serviceMs * (1 + spread * (2 * random.next() - 1))
}
