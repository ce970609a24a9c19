import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { FlowTopology } from '../../wire/topology.ts'
import { dialog, flow, selected } from '../state/state.ts'
import { Modal } from './modal.tsx'

const mostShown = 12

interface Entry {
  readonly id: string
  readonly name: string
  readonly what: string
}

/** Finds a stage, an edge or a gate by a part of its name. */
export function FindDialog(): JSX.Element {
  const text = useSignal('')
  const active = useSignal(0)
  const wanted = text.value.trim().toLowerCase()
  const found = entries(flow.value)
    .filter(({ name, what }) => `${name} ${what}`.toLowerCase().includes(wanted))
    .slice(0, mostShown)
  const choose = (entry: Entry | undefined): void => {
    if (entry === undefined) return
    selected.value = entry.id
    dialog.value = undefined
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-id="${CSS.escape(entry.id)}"]`)?.focus())
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0) {
      event.preventDefault()
      active.value = Math.max(0, Math.min(found.length - 1, active.value + step))
    } else if (event.key === 'Enter') {
      event.preventDefault()
      choose(found[active.value])
    }
  }
  return (
    <Modal title="Find">
      <input
        class="find-text"
        type="text"
        role="combobox"
        aria-label="Part of a name"
        aria-expanded="true"
        aria-controls="found"
        aria-activedescendant={found.length > 0 ? `found-${active.value}` : undefined}
        autoFocus
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value
          active.value = 0
        }}
        onKeyDown={onKeyDown}
      />
      <ul class="found" id="found" role="listbox" aria-label="Found">
        {found.map((entry, i) => (
          <li
            key={entry.id}
            id={`found-${i}`}
            role="option"
            aria-selected={i === active.value}
            onClick={() => choose(entry)}
          >
            <span>{entry.name}</span>
            <span class="found-what">{entry.what}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="found-none">Nothing has that in its name.</p>}
    </Modal>
  )
}

function entries(topology: FlowTopology | undefined): Entry[] {
  if (topology === undefined) return []
  return [
    ...topology.stages.map(({ id, name, kind }) => ({
      id,
      name,
      what: kind === 'stage' ? 'stage' : `stage · ${kind}`,
    })),
    ...topology.edges.map(({ id, name, policy }) => ({ id, name, what: `edge · ${policy}` })),
    ...topology.gates.map(({ id, name, kind }) => ({ id, name, what: `gate · ${kind}` })),
  ]
}
