import type { JSX } from 'preact'
import type { Mark } from 'forebay/observe'
import { clockTime } from '../model/format.ts'
import { fixedWall, marks, selected } from '../state/state.ts'

/** The alerts that fired and were not cleared since. */
export function openAlerts(all: readonly Mark[]): Mark[] {
  const open = new Map<string, Mark>()
  for (const mark of all) {
    if (mark.alert === undefined) continue
    const key = `${mark.run ?? ''} ${mark.alert.name}`
    if (mark.alert.state === 'fired') open.set(key, mark)
    else open.delete(key)
  }
  return [...open.values()]
}

/** What is wrong now, then what happened, newest first. */
export function Alerts(): JSX.Element {
  const all = marks.value
  const open = new Set(openAlerts(all).map(({ seq }) => seq))
  const rows = [...all.filter(({ seq }) => open.has(seq)), ...all.filter(({ seq }) => !open.has(seq)).toReversed()]
  if (rows.length === 0) return <p class="note">No alert has fired, and nothing else has happened.</p>
  return (
    <table class="plain alerts">
      <caption class="unseen">Alerts and events, open alerts first</caption>
      <thead>
        <tr>
          <th scope="col">time</th>
          <th scope="col">state</th>
          <th scope="col">kind</th>
          <th scope="col">what</th>
          <th scope="col">
            <span class="unseen">go there</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((mark) => (
          <tr key={mark.seq} class={open.has(mark.seq) ? 'open' : ''}>
            <td class="time">{clockTime(mark.wall)}</td>
            <td>
              <span class={`pill ${open.has(mark.seq) ? 'warn' : mark.level}`}>{stateOf(mark, open)}</span>
            </td>
            <td>{mark.kind}</td>
            <td class="what">{mark.text}</td>
            <td class="go">
              <button
                type="button"
                class="link"
                aria-label={`Look at ${clockTime(mark.wall)}: ${mark.text}`}
                onClick={() => {
                  fixedWall.value = mark.wall
                  if (mark.subject !== undefined) selected.value = mark.subject
                }}
              >
                look
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function stateOf(mark: Mark, open: ReadonlySet<number>): string {
  if (mark.alert === undefined) return mark.level
  if (mark.alert.state === 'cleared') return 'cleared'
  return open.has(mark.seq) ? 'open' : 'was open'
}
