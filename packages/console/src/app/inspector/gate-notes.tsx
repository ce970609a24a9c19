import type { GateNotes } from 'forebay/observe'
import type { JSX } from 'preact'
import { CallerTable } from '../gates/caller-table.tsx'
import { total } from '../model/flow-picture.ts'
import { clockTime, grouped } from '../model/format.ts'
import { Part } from './facts.tsx'

/** What was noted of a gate: its callers, its levels, and what it has decided lately. */
export function Notes({ gate, notes }: { gate: string; notes: GateNotes }): JSX.Element {
  const levels = notes.levels.flatMap((counts, level) => (counts.asked > 0 ? [{ level, ...counts }] : []))
  return (
    <>
      {notes.callers.length > 0 && (
        <Part title="Callers">
          <CallerTable gate={gate} notes={notes} />
        </Part>
      )}
      {levels.length > 0 && (
        <Part title="Levels, 0 the most important">
          <table class="plain">
            <thead>
              <tr>
                {['level', 'asked', 'given', 'refused'].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {levels.map(({ level, asked, given, sheds }) => (
                <tr key={level}>
                  <th scope="row">{level}</th>
                  <td>{grouped(asked)}</td>
                  <td>{grouped(given)}</td>
                  <td>{grouped(total(sheds))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Part>
      )}
      {notes.decisions.length > 0 && (
        <Part title="Decided lately">
          <ul class="decisions">
            {notes.decisions.map(({ wall, kind, text, count }) => (
              <li key={`${wall} ${text}`}>
                <span class="decision-head">
                  {clockTime(wall)}
                  <span class={`decision-kind ${kind}`}>{kind}</span>
                  {count > 1 && <span>{grouped(count)} times</span>}
                </span>
                {text}
              </li>
            ))}
          </ul>
        </Part>
      )}
    </>
  )
}
