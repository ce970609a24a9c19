import type { Context } from '../../kernel/context.ts'

// What became of an item, as small numbers: comparing strings costs a look at each of them.
export const WORKING = 0 // or waiting for a worker
export const DONE = 1
export const LOST = 2
export const FAILED = 3

/** One item in the stage. */
export class WorkerItem {
  readonly value: unknown
  readonly context: Context | undefined
  result: unknown
  outcome: typeof WORKING | typeof DONE | typeof LOST | typeof FAILED = WORKING
  /** Workers that have died while they had it. */
  deaths = 0

  constructor(value: unknown, context: Context | undefined) {
    this.value = value
    this.context = context
  }
}
