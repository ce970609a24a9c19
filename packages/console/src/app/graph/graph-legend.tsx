import type { JSX } from 'preact'
import { stageStates } from './state-bar.tsx'

/** What the patterns and letters of the bars mean. */
export function GraphLegend(): JSX.Element {
  return (
    <ul class="legend" aria-label="Legend of stage bars">
      {stageStates.map(({ key, letter, meaning }) => (
        <li key={key}>
          <span class={`state-part ${key} swatch`}>{letter}</span>
          {key}
          <span class="legend-meaning">{meaning}</span>
        </li>
      ))}
    </ul>
  )
}
