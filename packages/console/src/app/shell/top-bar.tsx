import type { JSX } from 'preact'
import {
  chosenRun,
  commands,
  connection,
  dialog,
  fixedWall,
  flow,
  newest,
  picture,
  togglePause,
  topology,
  windowMs,
  windows,
} from '../state/state.ts'
import { theme, toggleTheme } from '../state/theme.ts'
import { clockTime } from '../model/format.ts'
import { Commands } from './commands.tsx'
import { Mark } from './icons.tsx'

const windowNames = new Map<number, string>([
  [10_000, '10 s'],
  [60_000, '1 min'],
  [600_000, '10 min'],
])

/** Which flow, over which window, live or not, in which colours. */
export function TopBar(): JSX.Element {
  const flows = topology.value?.flows ?? []
  return (
    <header class="top-bar">
      <span class="brand">
        <Mark />
        <span class="brand-name">forebay</span>
      </span>
      {flows.length > 1 ? (
        <select
          class="flow-choice"
          aria-label="Flow"
          value={flow.value?.run}
          onChange={(event) => (chosenRun.value = event.currentTarget.value)}
        >
          {flows.map(({ run, flow: name }) => (
            <option key={run} value={run}>
              {name}
            </option>
          ))}
        </select>
      ) : (
        <span class="flow-name">{flow.value?.flow ?? '…'}</span>
      )}
      <span class="flow-state">{picture.value?.snapshot.state ?? ''}</span>
      <span class="grow" />
      {commands.value.length > 0 && <Commands />}
      <div class="segments" role="group" aria-label="Window over which shares and rates are taken">
        {windows.map((ms) => (
          <button key={ms} type="button" aria-pressed={windowMs.value === ms} onClick={() => (windowMs.value = ms)}>
            {windowNames.get(ms)}
          </button>
        ))}
      </div>
      <LiveBadge />
      <button
        type="button"
        class="icon-button"
        aria-pressed={fixedWall.value !== undefined}
        aria-label="Pause"
        title="Pause (space)"
        onClick={togglePause}
      >
        <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
          {fixedWall.value === undefined ? (
            <path d="M5 3v10M11 3v10" class="stroke" />
          ) : (
            <path d="M4 2.5l9 5.5-9 5.5z" class="solid" />
          )}
        </svg>
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label={`Use ${theme.value === 'dark' ? 'light' : 'dark'} colours`}
        title="Light or dark"
        onClick={toggleTheme}
      >
        <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
          <circle cx="8" cy="8" r="5.6" class="stroke thin" />
          <path d="M8 2.4a5.6 5.6 0 0 1 0 11.2z" class="solid" />
        </svg>
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label="Keyboard help"
        title="Keyboard (?)"
        onClick={() => (dialog.value = 'help')}
      >
        ?
      </button>
    </header>
  )
}

function LiveBadge(): JSX.Element {
  const fixed = fixedWall.value
  if (fixed !== undefined) {
    const behind = Math.max(0, Math.round(((newest.value?.wall ?? fixed) - fixed) / 1000))
    return (
      <button type="button" class="live past" onClick={() => (fixedWall.value = undefined)}>
        {clockTime(fixed)} · {behind} s ago · back to live
      </button>
    )
  }
  return (
    <span class={`live ${connection.value}`}>
      <span class="dot" />
      {connection.value}
    </span>
  )
}
