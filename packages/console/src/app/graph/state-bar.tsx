import type { JSX } from 'preact'
import { percent } from '../model/format.ts'

interface Shares {
  readonly busy: number
  readonly blocked: number
  readonly starved: number
  readonly gated: number
}

/** In the order in which they are drawn; the letter and the pattern say the same as the colour. */
export const stageStates = [
  { key: 'busy', letter: 'B', meaning: 'works' },
  { key: 'gated', letter: 'G', meaning: 'waits for a permit' },
  { key: 'blocked', letter: 'X', meaning: 'is done, cannot hand over' },
  { key: 'starved', letter: 'S', meaning: 'has nothing to work on' },
] as const

const leastForLetter = 0.11

/** How a stage spent its time, as one stacked bar. */
export function StateBar({ shares }: { shares: Shares }): JSX.Element {
  return (
    <span class="state-bar" role="img" aria-label={describeShares(shares)}>
      {stageStates.map(({ key, letter }) => (
        <span key={key} class={`state-part ${key}`} style={{ width: `${(shares[key] * 100).toFixed(2)}%` }}>
          {shares[key] >= leastForLetter ? letter : ''}
        </span>
      ))}
    </span>
  )
}

function describeShares(shares: Shares): string {
  return stageStates.map(({ key }) => `${key} ${percent(shares[key])}`).join(', ')
}
