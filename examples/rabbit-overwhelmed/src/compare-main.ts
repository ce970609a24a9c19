import { rabbitStore } from '@forebay/connectors/rabbitmq'
import { claimsOf } from './claims.ts'
import type { Figures } from './meter.ts'
import { play } from './play.ts'
import { strategies } from './strategies.ts'
import { table } from './table.ts'

const url = process.env['FOREBAY_RABBITMQ_URL']
if (url === undefined || url === '') {
  console.error('FOREBAY_RABBITMQ_URL: expected the URL of a RabbitMQ broker, such as amqp://guest:guest@localhost')
  process.exit(2)
}
const isJson = process.argv.includes('--json')
const store = await rabbitStore(url, { settleMs: 0 }) // each strategy has a new queue, and nobody kills the broker
const all: Figures[] = []
for (const strategy of strategies) {
  if (!isJson) console.error(`playing: ${strategy.name}`)
  all.push(await play(store, strategy))
}
await store.close()
const claims = claimsOf(all)
if (isJson) console.log(JSON.stringify({ figures: all, claims }))
else console.log(`${table(all)}\n\n${claims.map(({ text, holds }) => `${holds ? '✓' : '×'} ${text}`).join('\n')}`)
if (claims.some(({ holds }) => !holds)) process.exitCode = 1
