import { show } from '../../kernel/check.ts'

/** What all ways to make one flow of several have in common. */
export interface FanInOptions {
  /** Ends when the first input completes, instead of the last. Default false. */
  eagerComplete?: boolean
  name?: string
}

/** Whether the first completion is the end. */
export function endsEarly({ eagerComplete = false }: FanInOptions): boolean {
  if (typeof eagerComplete === 'boolean') return eagerComplete
  throw new TypeError(`eagerComplete: expected true or false, got ${show(eagerComplete)}`)
}
