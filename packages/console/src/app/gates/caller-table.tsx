import type { CallerCounts, GateNotes } from 'forebay/observe'
import type { JSX } from 'preact'
import { total } from '../model/flow-picture.ts'
import { grouped, percent } from '../model/format.ts'

/** Who asks, what he is given, what he is refused and why, and his share of all that was let in. */
export function CallerTable({
  gate,
  notes,
  least = 0,
}: {
  gate: string
  notes: GateNotes
  /** Who has asked for less than this part of all is one of the others. */
  least?: number
}): JSX.Element | null {
  const all = notes.callers.reduce((sum, { asked }) => sum + asked, notes.others.asked)
  const callers = notes.callers.filter(({ asked }) => asked >= least * all)
  const others = notes.callers.filter(({ asked }) => asked < least * all).reduce(added, notes.others)
  const rows = others.asked > 0 ? [...callers, others] : callers
  if (rows.length === 0) return null
  return (
    <div class="callers" tabIndex={0} role="region" aria-label={`Callers of ${gate}`}>
      <table class="plain">
        <caption class="unseen">Callers of {gate}, those that ask most first</caption>
        <thead>
          <tr>
            {['caller', 'asked', 'given', 'waiting', 'refused or gone'].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            <th scope="col" class="words">
              why
            </th>
            <th scope="col" class="words">
              share of all that was let in
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <CallerRow key={row === others ? '' : row.key} row={row} isOthers={row === others} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function added(sum: CallerCounts, { asked, given, waiting, sheds, share }: CallerCounts): CallerCounts {
  const both = { ...sum.sheds }
  for (const [reason, n] of Object.entries(sheds)) both[reason] = (both[reason] ?? 0) + n
  return {
    key: sum.key,
    asked: sum.asked + asked,
    given: sum.given + given,
    waiting: sum.waiting + waiting,
    sheds: both,
    share: sum.share + share,
  }
}

function CallerRow({ row, isOthers }: { row: CallerCounts; isOthers: boolean }): JSX.Element {
  const { key, asked, given, waiting, sheds, share } = row
  const reasons = Object.entries(sheds).toSorted((a, b) => b[1] - a[1])
  return (
    <tr>
      <th scope="row" class={isOthers ? 'soft' : ''}>
        {key}
      </th>
      <td>{grouped(asked)}</td>
      <td>{grouped(given)}</td>
      <td>{grouped(waiting)}</td>
      <td class={total(sheds) > 0 ? 'bad' : ''}>{grouped(total(sheds))}</td>
      <td class="words soft">{reasons.map(([reason, n]) => `${reason} ${grouped(n)}`).join(', ')}</td>
      <td class="words">
        <span class="share">
          <span class="share-track">
            <span class="share-fill" style={{ width: `${Math.min(1, share) * 100}%` }} />
          </span>
          {percent(share)}
        </span>
      </td>
    </tr>
  )
}
