import type { Queue, Store } from 'forebay/queue'
import { inBytes } from '../text-table.ts'
import { printable } from './printable.ts'
import { ago } from './show-message.ts'

const LOOK = 1000

/** Everything about one queue: what it holds, what its store can do, and of what its dead letters died. */
export async function inspect(store: Store, queue: Queue<Uint8Array>, asJson: boolean): Promise<string> {
  const { ready, leased, delayed, dead, bytes, oldestMs, paused } = await queue.measure()
  const letters = dead === 0 ? [] : await queue.peek(LOOK, 'dead')
  const reasons = countBy(letters.map(({ history }) => history.at(-1)?.reason ?? 'unknown'))
  const { name, caps } = queue
  if (asJson) {
    const holds = { ready, leased, delayed, dead, bytes, oldestMs }
    return `${JSON.stringify({ store: store.url, name, ...holds, paused, deadReasons: reasons, reports: store.reports, caps })}\n`
  }
  const count = (n: number): string => n.toLocaleString('en')
  const lines = [
    `${name} in ${store.url}`,
    '',
    `ready     ${count(ready)}${ready + leased + delayed === 0 ? '' : `, the oldest for ${ago(oldestMs)}`}`,
    `leased    ${count(leased)}`,
    `delayed   ${count(delayed)}`,
    `dead      ${count(dead)}`,
    `size      ${inBytes(bytes)}`,
    ...(paused === undefined
      ? []
      : [`paused    ${paused.reason}${paused.message ? `: ${printable(paused.message)}` : ''}`]),
    '',
    `durable   ${caps.durability}, attempts ${caps.attempts}, acks by ${caps.ack}`,
    `order     ${caps.order}${caps.keys ? ', keys' : ''}${caps.groups ? ', groups' : ''}, ${caps.levels} levels`,
    `overflow  ${caps.overflow.join(', ')}`,
  ]
  if (dead > 0) {
    const of = letters.length < dead ? `the first ${count(letters.length)} of ${count(dead)}` : 'all'
    lines.push('', `dead letters, ${of}:`)
    for (const [reason, n] of Object.entries(reasons).toSorted((a, b) => b[1] - a[1]))
      lines.push(`  ${count(n).padStart(6)}  ${printable(reason)}`)
  }
  for (const { kind, message } of store.reports) lines.push('', `${kind}: ${message}`)
  return `${lines.join('\n')}\n`
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>() // at most LOOK
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return Object.fromEntries(counts)
}
