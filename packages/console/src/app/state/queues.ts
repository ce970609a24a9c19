import { effect, signal } from '@preact/signals'
import type { Signal } from '@preact/signals'
import type { DeadLetterView, QueueList } from '../../wire/queue-view.ts'
import { tab } from './state.ts'

const pollMs = 2000
/** A page may be opened before the queues are: it looks again so often. */
const looks = 10

/** The queues as they were asked for last; `undefined` where none are shown. */
export const queueList: Signal<QueueList | undefined> = signal(undefined)
/** The oldest dead letters of the queues that have some, by name of the queue. */
export const deadLetters: Signal<ReadonlyMap<string, readonly DeadLetterView[]>> = signal(new Map())

async function get<T>(path: string): Promise<T | undefined> {
  const response = await fetch(path).catch(() => undefined)
  return response?.ok === true ? ((await response.json()) as T) : undefined
}

async function refresh(): Promise<boolean> {
  const list = await get<QueueList>('/api/queues')
  if (list === undefined) return false
  queueList.value = list
  if (tab.peek() !== 'queues') return true
  const letters = new Map<string, readonly DeadLetterView[]>()
  for (const { name, stats } of list.queues) {
    if (stats.dead > 0) letters.set(name, (await get<DeadLetterView[]>(`/api/queues/${name}/dead`)) ?? [])
  }
  deadLetters.value = letters
  return true
}

/** Asks once whether there are queues, and every two seconds while they are looked at. */
export function startQueues(): void {
  const first = async (left: number): Promise<void> => {
    const isServed = await refresh()
    if (isServed && queueList.value?.queues.length === 0 && left > 0) setTimeout(() => void first(left - 1), pollMs)
  }
  void first(looks)
  effect(() => {
    if (tab.value !== 'queues') return undefined
    void refresh()
    const timer = setInterval(() => void refresh(), pollMs)
    return () => clearInterval(timer)
  })
}

/** Asks for dead letters to be put back, all or those of one reason; says what became of it. */
export async function putBack(queue: string, reason: string | undefined): Promise<string> {
  const response = await fetch(`/api/queues/${queue}/redrive`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(reason === undefined ? {} : { reason }),
  }).catch(() => undefined)
  if (response === undefined) return 'no answer'
  void refresh()
  const text = await response.text()
  return response.ok ? (JSON.parse(text) as { message: string }).message : text.trim()
}
