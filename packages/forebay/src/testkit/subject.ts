import type { Flow } from '../flow/flow.ts'
import type { Program } from '../flow/program.ts'
import type { RunOptions } from '../kernel/run.ts'
import type { Bench } from './bench.ts'
import type { Card } from './card.ts'
import type { World } from './world.ts'

/** How a flow ends. */
export interface Ended {
  readonly items: readonly unknown[]
  readonly ends: 'completed' | 'failed'
}

/** What every subject says about itself. */
interface Traits {
  readonly name: string
  /** Reasons for which it may lose items while nothing fails; default none. */
  readonly loses?: readonly string[]
  /** Which results there are depends on *when* items and demand come, on purpose. Law 11 then asks only that nothing is invented. */
  readonly rate?: boolean
  /** Items it holds at most; default: what `explain` says. `Infinity` for a subject that is unbounded on purpose. */
  readonly bound?: number
  /** The order of results: that of the input (default), any, or kept per key of a result. */
  readonly order?: 'input' | 'any' | ((result: any) => unknown)
  /** What each run of it is given, such as a store. */
  readonly run?: (bench: Bench) => RunOptions
  /** Items that come at once when its stack is tried; default 20,000. Fewer where every item begins a flow of its own. */
  readonly many?: number
  /** It shares something between runs on purpose, such as a gate. */
  readonly shares?: boolean
  /** It learns of its end only by asking for one more item, so the end may wait for demand. */
  readonly endNeedsDemand?: boolean
  /** What of its results is compared; default all of them. `batch` flattens, so that batches may be cut differently. */
  readonly view?: (results: readonly any[]) => readonly unknown[]
  /** Where a failure upstream overtakes what is held, or is handled: the results for what had come, and the end. Default: drained, then failed. */
  readonly failed?: (items: readonly number[]) => Ended
  /** When its input fails, some of what was on its way does not come out. */
  readonly cutByFailure?: boolean
  /** The items that a result was made of, none for one that the subject makes by itself; checks contexts more sharply. */
  readonly from?: (result: any) => readonly number[]
}

/** A piece of flow with one input and one output. */
export interface OperatorSubject extends Traits {
  readonly operator: (flow: Flow<number>, bench: Bench) => Flow<any>
  readonly card?: Card<(flow: Flow<any>, world: World) => Flow<any>>
  /** Its results for a whole input. */
  readonly model: (items: readonly number[]) => readonly unknown[]
  /** It fails at the n-th item (from 1), and what it gives up then is accounted for. */
  readonly stopsAt?: number
  readonly source?: never
  readonly sink?: never
  readonly junction?: never
}

/** Where a flow begins. */
export interface SourceSubject extends Traits {
  readonly source: (bench: Bench) => Flow<any>
  readonly card?: Card<(world: World) => Flow<any>>
  /** All items it has, in order. */
  readonly items: readonly unknown[]
  /** It fails behind its items. */
  readonly fails?: boolean
  readonly operator?: never
  readonly sink?: never
  readonly junction?: never
}

/** Where a flow ends. */
export interface SinkSubject extends Traits {
  readonly sink: (flow: Flow<number>, bench: Bench) => Program<any>
  readonly card?: Card<(flow: Flow<any>, world: World) => Program<any>>
  /** What `run.done` resolves to for a whole input. */
  readonly model: (items: readonly number[]) => unknown
  readonly operator?: never
  readonly source?: never
  readonly junction?: never
}

/** A piece of flow with several inputs or outputs. */
export interface JunctionSubject extends Traits {
  readonly inputs: number
  readonly outputs: number
  readonly junction: (flows: readonly Flow<number>[], bench: Bench) => readonly Flow<any>[]
  readonly card?: Card<(flows: readonly Flow<any>[], world: World) => readonly Flow<any>[]>
  /** The results of each output; default any results that the inputs could give together. */
  readonly model: (inputs: readonly (readonly number[])[]) => readonly (readonly unknown[])[]
  /** Whether an output that asks for nothing holds the others back; default 'blocks'. */
  readonly slow?: 'blocks' | 'independent'
  /** Whether an input that has nothing holds the others back; default 'blocks'. */
  readonly idle?: 'blocks' | 'independent'
  readonly operator?: never
  readonly source?: never
  readonly sink?: never
}

/** Something that {@link verify} can put through the laws. */
export type Subject = OperatorSubject | SourceSubject | SinkSubject | JunctionSubject

/** A subject as a trial sees it: n inputs, m outputs, or a result of its own. */
export interface Shape extends Traits {
  readonly inputs: number
  readonly outputs: number
  readonly build: (flows: readonly Flow<number>[], bench: Bench) => readonly Flow<any>[] | Program<any>
  readonly results: (inputs: readonly (readonly number[])[]) => readonly (readonly unknown[])[]
  readonly fails: boolean
  readonly slow: 'blocks' | 'independent'
  readonly idle: 'blocks' | 'independent'
  readonly stopsAt?: number
}

export function shapeOf(subject: Subject): Shape {
  if (subject.operator !== undefined) {
    return {
      ...subject,
      inputs: 1,
      outputs: 1,
      build: ([flow], bench) => [subject.operator(flow as Flow<number>, bench)],
      results: ([items]) => [subject.model(items as readonly number[])],
      fails: false,
      slow: 'blocks',
      idle: 'blocks',
    }
  }
  if (subject.source !== undefined) {
    return {
      ...subject,
      inputs: 0,
      outputs: 1,
      build: (_, bench) => [subject.source(bench)],
      results: () => [subject.items],
      fails: subject.fails ?? false,
      slow: 'blocks',
      idle: 'blocks',
    }
  }
  if (subject.sink !== undefined) {
    return {
      ...subject,
      inputs: 1,
      outputs: 0,
      build: ([flow], bench) => subject.sink(flow as Flow<number>, bench),
      results: ([items]) => [[subject.model(items as readonly number[])]],
      fails: false,
      slow: 'blocks',
      idle: 'blocks',
    }
  }
  return {
    ...subject,
    build: (flows, bench) => subject.junction(flows, bench),
    results: (inputs) => subject.model(inputs),
    fails: false,
    slow: subject.slow ?? 'blocks',
    idle: subject.idle ?? 'blocks',
  }
}

/** The n-th item of an input, counted from 0. Items are numbers that also say where they came from. */
export function itemId(input: number, index: number): number {
  return input * 1000 + index + 1
}

/** The first `count` items of an input. */
export function itemsOf(input: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => itemId(input, index))
}
