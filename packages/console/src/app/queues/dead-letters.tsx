import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { reasonOf } from '../../wire/queue-view.ts'
import type { DeadLetterView, QueueView } from '../../wire/queue-view.ts'
import { clockTime, grouped } from '../model/format.ts'
import { deadLetters, putBack } from '../state/queues.ts'

/** What has died in a queue, by the reason of the last attempt, and the way to put it back where this console may. */
export function DeadLetters({ queue, mayWrite }: { queue: QueueView; mayWrite: boolean }): JSX.Element {
  const { name, stats, isRedriving } = queue
  const answer = useSignal('')
  const letters = deadLetters.value.get(name) ?? []
  const groups = groupsOf(letters)
  const order = (reason: string | undefined) => async (): Promise<void> => {
    answer.value = '…'
    answer.value = await putBack(name, reason)
  }
  const button = (reason: string | undefined, text: string): JSX.Element => (
    <button
      type="button"
      class="command"
      disabled={isRedriving}
      aria-label={`${text}: ${reason ?? 'all'}, of ${name}`}
      onClick={() => void order(reason)()}
    >
      {text}
    </button>
  )
  return (
    <div class="dead-letters" tabIndex={0} role="region" aria-label={`Dead letters of ${name}`}>
      <table class="plain">
        <caption>
          Dead letters by reason
          {stats.dead > letters.length && letters.length > 0 && `, of the oldest ${letters.length}`}
          {mayWrite && <span class="dead-order">{button(undefined, 'put all back')}</span>}
          <span role="status" class="command-answer">
            {answer.value}
          </span>
        </caption>
        <thead>
          <tr>
            <th scope="col">reason of the last attempt</th>
            <th scope="col">letters</th>
            <th scope="col">attempts</th>
            <th scope="col">since</th>
            <th scope="col" class="words">
              the oldest
            </th>
            {mayWrite && (
              <th scope="col">
                <span class="unseen">put back</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {groups.map(({ reason, letters: of }) => {
            const [oldest] = of as readonly [DeadLetterView, ...DeadLetterView[]]
            const at = oldest.history.at(-1)?.at
            return (
              <tr key={reason}>
                <th scope="row" class="dead-reason">
                  {reason}
                </th>
                <td>{grouped(of.length)}</td>
                <td>{oldest.attempts}</td>
                <td>{at === undefined ? '–' : clockTime(at)}</td>
                <td class="words dead-body">
                  <b>{oldest.id}</b> <code>{oldest.preview}</code>
                  {Object.entries(oldest.headers).map(([header, value]) => (
                    <span key={header} class="soft">
                      {' '}
                      {header}: {value}
                    </span>
                  ))}
                </td>
                {mayWrite && <td>{button(reason, 'put back')}</td>}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

/** Those that died of the same, most first. */
function groupsOf(letters: readonly DeadLetterView[]): { reason: string; letters: readonly DeadLetterView[] }[] {
  const groups = new Map<string, DeadLetterView[]>() // bounded by the letters shown
  for (const letter of letters) {
    const reason = reasonOf(letter)
    const group = groups.get(reason)
    if (group === undefined) groups.set(reason, [letter])
    else group.push(letter)
  }
  return [...groups]
    .map(([reason, of]) => ({ reason, letters: of }))
    .toSorted((a, b) => b.letters.length - a.letters.length)
}
