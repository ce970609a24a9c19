import type { JSX } from 'preact'
import { queueList } from '../state/queues.ts'
import { QueueCard } from './queue-card.tsx'

/** The durable queues of this process: what they hold and of what, and what has died in them. */
export function Queues(): JSX.Element {
  const list = queueList.value
  if (list === undefined || list.queues.length === 0) return <p class="note">No queue is open.</p>
  return (
    <div class="queue-cards">
      {list.queues.map((queue) => (
        <QueueCard key={queue.name} queue={queue} mayWrite={list.mayWrite} />
      ))}
    </div>
  )
}
