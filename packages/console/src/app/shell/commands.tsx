import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { commands } from '../state/state.ts'

/** What the program offers to do; only a console that may write has it. */
export function Commands(): JSX.Element {
  const answer = useSignal('')
  const run = async (name: string): Promise<void> => {
    answer.value = '…'
    const response = await fetch(`/api/commands/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    }).catch(() => undefined)
    const body = response === undefined ? '' : await response.text()
    answer.value = response === undefined ? 'no answer' : messageIn(body)
  }
  return (
    <span class="commands">
      {commands.value.map(({ name, title }) => (
        <button key={name} type="button" class="command" onClick={() => void run(name)}>
          {title}
        </button>
      ))}
      <span role="status" class="command-answer">
        {answer.value}
      </span>
    </span>
  )
}

function messageIn(body: string): string {
  try {
    return (JSON.parse(body) as { message?: string }).message ?? ''
  } catch {
    return body.trim()
  }
}
