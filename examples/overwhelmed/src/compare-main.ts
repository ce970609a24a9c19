import { openStore, type StoreUrl } from '@forebay/connectors'
import { rabbitStore } from '@forebay/connectors/rabbitmq'
import type { Store } from 'forebay/queue'
import { claimsOf } from './claims.ts'
import type { Figures } from './meter.ts'
import { play } from './play.ts'
import { strategiesFor } from './strategies.ts'
import { table } from './table.ts'

// Compares the strategies on a store, which may be any: node dist/compare-main.js URL [--json]

const [url] = process.argv.slice(2).filter((arg) => !arg.startsWith('--'))
if (url === undefined) {
  console.error('expected the URL of a store, such as amqp://guest:guest@localhost or kafka://localhost')
  process.exit(2)
}
const isJson = process.argv.includes('--json')
const store = await open(url)
const all: Figures[] = []
for (const strategy of strategiesFor(store.caps)) {
  if (!isJson) console.error(`playing: ${strategy.name}`)
  all.push(await play(store, strategy))
}
await store.close()
const claims = claimsOf(all, store.caps.boundItems)
if (isJson) console.log(JSON.stringify({ figures: all, claims }))
else console.log(`${table(all)}\n\n${claims.map(({ text, holds }) => `${holds ? '✓' : '×'} ${text}`).join('\n')}`)
if (claims.some(({ holds }) => !holds)) process.exitCode = 1

function open(of: string): Promise<Store> {
  // Each strategy has a new queue, and nobody kills the broker: new queues need not be waited for.
  return of.startsWith('amqp') ? rabbitStore(of, { settleMs: 0 }) : openStore(of as StoreUrl)
}
