import type { JSX } from 'preact'
import { picture, selected } from '../state/state.ts'
import { EdgePanel } from './edge-panel.tsx'
import { GatePanel } from './gate-panel.tsx'
import { OverviewPanel } from './overview-panel.tsx'
import { StagePanel } from './stage-panel.tsx'

/** What is known of the selected stage, edge or gate; of the whole flow when nothing is selected. */
export function Inspector(): JSX.Element {
  const id = selected.value
  const isOpen = id !== undefined
  return (
    <aside id="inspector" class={`inspector${isOpen ? ' open' : ''}`} aria-label="Inspector" tabIndex={-1}>
      {isOpen && (
        <button
          type="button"
          class="icon-button inspector-close"
          aria-label="Close"
          onClick={() => (selected.value = undefined)}
        >
          ✕
        </button>
      )}
      <Panel id={id} />
    </aside>
  )
}

function Panel({ id }: { id: string | undefined }): JSX.Element | null {
  const now = picture.value
  if (now === undefined) return null
  if (id !== undefined) {
    const stage = now.stages.get(id)
    if (stage !== undefined) return <StagePanel picture={stage} />
    const edge = now.edges.get(id)
    if (edge !== undefined) return <EdgePanel picture={edge} flow={now} />
    const gate = now.gates.get(id)
    if (gate !== undefined) return <GatePanel picture={gate} flow={now} />
  }
  return <OverviewPanel picture={now} />
}
