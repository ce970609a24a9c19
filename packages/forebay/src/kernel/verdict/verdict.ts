import type { Snapshot } from '../snapshot.ts'
export interface Verdict {
  readonly sentence: string
}
export function verdict(_before: Snapshot, _after: Snapshot): Verdict {
  return { sentence: '' }
}
