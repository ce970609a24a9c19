import type { Store } from 'forebay/queue'
import { inBytes, textTable } from '../text-table.ts'
import { existingQueue } from './store-option.ts'
import { ago } from './show-message.ts'

/** What `ls` tells of a queue. */
interface QueueLine {
  readonly name: string
  readonly ready: number
  readonly leased: number
  readonly delayed: number
  readonly dead: number
  readonly bytes: number
  readonly oldestMs: number
}

const header = ['queue', 'ready', 'leased', 'delayed', 'dead', 'size', 'oldest']

/** Every queue of a store with what it holds. */
export async function ls(store: Store, asJson: boolean): Promise<string> {
  const lines: QueueLine[] = []
  for (const name of await store.list()) lines.push(await lineOf(store, name))
  if (asJson) return `${JSON.stringify({ store: store.url, queues: lines })}\n`
  if (lines.length === 0) return `${store.url} has no queues\n`
  const rows = lines.map(({ name, ready, leased, delayed, dead, bytes, oldestMs }) => [
    name,
    ...[ready, leased, delayed, dead].map((count) => count.toLocaleString('en')),
    inBytes(bytes),
    ready + delayed + leased === 0 ? '–' : ago(oldestMs),
  ])
  return `${textTable(header, rows, header.slice(1)).join('\n')}\n`
}

async function lineOf(store: Store, name: string): Promise<QueueLine> {
  const queue = await existingQueue(store, name)
  try {
    const { ready, leased, delayed, dead, bytes, oldestMs } = await queue.measure()
    return { name, ready, leased, delayed, dead, bytes, oldestMs }
  } finally {
    await queue.close()
  }
}
