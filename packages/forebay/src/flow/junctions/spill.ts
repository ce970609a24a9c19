import type { DurableOptions } from '../../kernel/durable.ts'
import type { EdgeOptions } from '../../kernel/edge-options.ts'
import { operator } from '../../kernel/operator.ts'
import type { JunctionNode, PlanNode } from '../../kernel/plan.ts'
import { Partition } from './partition.ts'
import { Rejoin } from './rejoin.ts'

/** Unsettled puts, and deliveries, that the store side of a spilling edge keeps in memory. */
const WINDOW = 256
/** Items the two ways may have ahead of the place where they meet, each. */
const SLICE = 16

const MEMORY = 0
const STORE = 1

/** What goes to the store: the run that put it there, its number, and the item. */
export type Spilled = readonly [run: string, number: number, value: unknown]

/**
 * What the two ends of a spilling edge know of each other in one run. Items go to the store from the first that
 * finds the memory full until the last one that went there has come back, so that their order is kept.
 */
export class SpillState {
  run = ''
  sentToMemory = 0
  takenFromMemory = 0
  spilled = 0
  numbered = 0
  returned = 0

  get isSpilling(): boolean {
    return this.returned < this.spilled
  }

  /** Whether an item of the store may go on: everything before it has. What another run left, or a retry, always may. */
  mayPass([run, number]: Spilled): boolean {
    return run !== this.run || number <= this.returned || this.takenFromMemory === this.sentToMemory
  }
}

/**
 * A memory edge that goes on to the run's store when it is full, and to backpressure when that is full too:
 *
 *            ┌─▶ memory edge ─▶┐
 *   router ──┤                 ├─ rejoin ─▶
 *            └─▶ durable edge ─▶┘
 */
export function spillNode(input: PlanNode, memory: EdgeOptions, durable: DurableOptions): JunctionNode {
  const states = new WeakMap<AbortSignal, SpillState>()
  const stateOf = (signal: AbortSignal): SpillState => {
    const state = states.get(signal) ?? new SpillState()
    states.set(signal, state)
    return state
  }
  const { name } = memory
  const storeName = `${name}-spill`
  const router: JunctionNode = {
    type: 'junction',
    kind: 'spill',
    name: `${name} (router)`,
    inputs: [input],
    bound: 1,
    cardinality: 'one',
    slots: 1,
    sync: true,
    create: (env, stage) => {
      const state = stateOf(env.signal)
      state.run = env.run
      const pick = (_value: unknown, demandOf: (output: number) => number): number => {
        const isMemory = !state.isSpilling && demandOf(MEMORY) > 0
        if (isMemory) state.sentToMemory++
        else state.spilled++
        return isMemory ? MEMORY : STORE
      }
      return new Partition(2, pick, env, stage)
    },
  }
  const numbered: PlanNode = {
    type: 'operator',
    name: storeName,
    input: { type: 'outlet', name: storeName, of: router, index: STORE },
    operator: operator<unknown, Spilled>(storeName, { cardinality: 'one' }, (down, { signal }) => {
      const state = stateOf(signal)
      return { push: (value, context) => down.push([state.run, ++state.numbered, value], context) }
    }),
  }
  const inMemory: PlanNode = {
    type: 'edge',
    name,
    input: { type: 'outlet', name, of: router, index: MEMORY },
    options: memory,
  }
  const options: DurableOptions = { window: WINDOW, prefetch: WINDOW, ...durable }
  const inStore: PlanNode = { type: 'durable', name: storeName, input: numbered, options, codec: undefined }
  return {
    type: 'junction',
    kind: 'spill',
    name,
    inputs: [inMemory, inStore],
    bound: 2 * SLICE,
    cardinality: 'one',
    slots: 1,
    sync: true,
    create: (env, stage) => new Rejoin(stateOf(env.signal), SLICE, env, stage),
  }
}
