import type { JSX } from 'preact'
import type { EdgePicture } from '../model/flow-picture.ts'
import { count, duration, rate } from '../model/format.ts'
import { selected } from '../state/state.ts'
import { DiskIcon, DropIcon } from '../shell/icons.tsx'
import { placed } from './placed.ts'
import type { Layout } from './plan.ts'

/** What a pipe holds, may still take, and has lost. Wide layouts show the pipe between its lines. */
export function EdgeLabel({ place, picture }: { place: Layout['edges'][number]; picture: EdgePicture }): JSX.Element {
  const { edge, dropRate, dropped, fill } = picture
  const held = edge.capacity > 0 ? `${count(edge.length)}/${count(edge.capacity)}` : 'direct'
  return (
    <button
      type="button"
      class={`edge-label${fill >= 0.8 ? ' full' : ''}`}
      style={placed({ ...place, ...place.label })}
      data-id={edge.id}
      aria-pressed={selected.value === edge.id}
      onClick={() => (selected.value = edge.id)}
    >
      <span class="edge-held">
        <span class="unseen">edge {edge.name}, holds </span>
        {edge.durable && <DiskIcon />}
        {held}
      </span>
      <span class="edge-more">
        {edge.length > 0 && (
          <span>
            <span class="unseen">, oldest </span>
            {duration(edge.oldestMs)}
          </span>
        )}
        {edge.length === 0 && edge.capacity > 0 && (
          <span>
            <span class="unseen">, credit </span>+{count(edge.credit)}
          </span>
        )}
      </span>
      {dropped > 0 && (
        <span class={`drop-badge${dropRate > 0 ? ' now' : ''}`}>
          <span class="unseen">, {edge.policy} dropped </span>
          <DropIcon policy={edge.policy} />
          {dropRate > 0 ? `${rate(dropRate)}/s` : count(dropped)}
        </span>
      )}
    </button>
  )
}
