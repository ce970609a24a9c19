import type { JSX } from 'preact'
import type { Pane } from '../../console-source.ts'

/** The same work done without backpressure, in a heap of its own with a limit. */
export function TwinCard({ pane }: { pane: Pane }): JSX.Element {
  const share = Math.min(1, pane.heapMb / Math.max(1, pane.limitMb))
  const isDead = pane.state === 'dead'
  return (
    <div class={`twin ${pane.state}`}>
      <p class="twin-state">
        <span class="twin-sign">{isDead ? '✕ dead' : '● alive'}</span>
        <span class="twin-heap">
          {pane.heapMb} of {pane.limitMb} MB heap
        </span>
      </p>
      <span class="bar-track tall">
        <span class={`bar-fill ${share > 0.6 || isDead ? 'orange' : 'blue'}`} style={{ width: `${share * 100}%` }} />
      </span>
      {pane.error !== undefined && <p class="twin-error">{pane.error}</p>}
      <p class="note">{pane.sentence}</p>
    </div>
  )
}
