import type { JSX } from 'preact'
import { clockTime } from '../model/format.ts'
import { fixedWall, marks, moments, newest } from '../state/state.ts'

/** Looks back over what is kept; at its right end it follows the present. Marks show where something happened. */
export function Scrubber(): JSX.Element | null {
  const last = newest.value?.wall
  const first = moments.first?.wall
  if (last === undefined || first === undefined || last - first < 2000) return null
  const at = fixedWall.value ?? last
  const inView = marks.value.filter(({ wall }) => wall >= first && wall <= last)
  return (
    <div class="scrubber">
      <span class="scrubber-end">{clockTime(first)}</span>
      <span class="scrubber-track">
        {inView.map((mark) => (
          <span
            key={mark.seq}
            class={`scrubber-mark of-${mark.kind} ${mark.level}`}
            style={{ left: `${(100 * (mark.wall - first)) / (last - first)}%` }}
            title={mark.text}
          />
        ))}
        <input
          type="range"
          aria-label="Time looked at"
          aria-valuetext={fixedWall.value === undefined ? 'now' : clockTime(at)}
          min={first}
          max={last}
          step={250}
          value={at}
          onInput={(event) => {
            const wall = Number(event.currentTarget.value)
            fixedWall.value = last - wall < 500 ? undefined : wall
          }}
        />
      </span>
      <span class="scrubber-end">{fixedWall.value === undefined ? 'now' : clockTime(at)}</span>
    </div>
  )
}
