import type { JSX } from 'preact'
import type { QueueView } from '../../wire/queue-view.ts'
import { Facts } from '../inspector/facts.tsx'
import type { Fact } from '../inspector/facts.tsx'
import { bytes, duration, grouped, percent, rate } from '../model/format.ts'
import { DeadLetters } from './dead-letters.tsx'

const states = ['leased', 'ready', 'delayed', 'dead'] as const
const stateNames = { leased: 'being worked on', ready: 'ready', delayed: 'not due yet', dead: 'dead letters' }

/** One queue: how full it is and of what, how it moves, and its dead letters. */
export function QueueCard({ queue, mayWrite }: { queue: QueueView; mayWrite: boolean }): JSX.Element {
  const { name, maxItems, maxBytes, stats, isRedriving, redriveError } = queue
  const held = states.reduce((sum, state) => sum + stats[state], 0)
  const share = Math.max(held / maxItems, stats.bytes / maxBytes)
  return (
    <article class="queue-card" aria-label={`queue ${name}`}>
      <header>
        <h2>{name}</h2>
        <span class="soft">
          {grouped(held)} of {grouped(maxItems)} messages, {bytes(stats.bytes)} of {bytes(maxBytes)}, {percent(share)}{' '}
          full
        </span>
        {isRedriving && <span class="pill">dead letters are being put back</span>}
      </header>
      <div
        class="queue-bar"
        role="img"
        aria-label={states.map((state) => `${stats[state]} ${stateNames[state]}`).join(', ')}
      >
        {states.map((state) => (
          <span
            key={state}
            class={`queue-part ${state}`}
            style={{ width: `${(100 * stats[state]) / Math.max(maxItems, held)}%` }}
          />
        ))}
      </div>
      <ul class="queue-states">
        {states.map((state) => (
          <li key={state}>
            <span class={`queue-key ${state}`} />
            {stateNames[state]} <b>{grouped(stats[state])}</b>
          </li>
        ))}
      </ul>
      <div class="queue-facts">
        <Facts
          facts={[
            ['in, out', `${rate(stats.inRate)}/s, ${rate(stats.outRate)}/s`],
            ['oldest that is ready', duration(stats.oldestMs)],
            ['wait for room', grouped(stats.waiting)],
          ]}
        />
        <Facts
          facts={[
            ['stored, done', `${grouped(stats.stored)}, ${grouped(stats.acked)}`],
            ['failed attempts', grouped(stats.failed)],
            ['delivered again', grouped(stats.redelivered)],
          ]}
        />
        <Facts facts={lossesOf(queue)} />
      </div>
      {redriveError !== undefined && <p class="bad">Dead letters were not put back: {redriveError}</p>}
      {stats.dead > 0 && <DeadLetters queue={queue} mayWrite={mayWrite} />}
    </article>
  )
}

function lossesOf({ stats }: QueueView): Fact[] {
  return [
    ['dead, put back', `${grouped(stats.deadLettered)}, ${grouped(stats.redriven)}`],
    ...Object.entries(stats.dropped).map(([reason, n]) => [`dropped, ${reason}`, grouped(n)] as const),
    ['refused', grouped(stats.rejected)],
  ]
}
