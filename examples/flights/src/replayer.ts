import { parseArgs } from 'node:util'
import { AckLog } from './ack-log.ts'
import { readFlights } from './dataset.ts'
import { FLIGHTS } from './flight.ts'
import { parentLink } from './parent-link.ts'
import { Replay } from './replay.ts'

// The replayer process: plays the data set into a door. It is a firehose, and has named its policy.
// node dist/replayer.js --url http://127.0.0.1:7787/events [--rate 25000] [--from 0] [--to 3000000] [--ack-log FILE]

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    rate: { type: 'string', default: '25000' },
    from: { type: 'string', default: '0' },
    to: { type: 'string', default: String(FLIGHTS) },
    body: { type: 'string', default: '500' },
    connections: { type: 'string', default: '4' },
    overflow: { type: 'string', default: 'backpressure' },
    seed: { type: 'string', default: '2001' },
    'ack-log': { type: 'string' },
  },
})

const link = parentLink()

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= min && value <= max) return value
  return usage(`--${name}: expected a whole number from ${min} to ${max}, got '${text}'`)
}

function usage(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}

const { url, overflow } = values
if (url === undefined || !URL.canParse(url)) usage('--url: expected the address of a door')
if (overflow !== 'backpressure' && overflow !== 'drop-newest') usage('--overflow: expected backpressure or drop-newest')

const log = values['ack-log'] === undefined ? undefined : new AckLog(values['ack-log'])
const replay = new Replay({
  url,
  flights: readFlights({
    from: whole('from', values.from, 0, FLIGHTS),
    to: whole('to', values.to, 0, FLIGHTS),
    batch: whole('body', values.body, 1, 10_000),
  }),
  rate: whole('rate', values.rate, 1, 10_000_000),
  overflow,
  connections: whole('connections', values.connections, 1, 64),
  seed: whole('seed', values.seed, 0, 2 ** 31),
  acknowledged: (first, last) => log?.add(first, last),
  signal: link.signal,
})

const report = setInterval(() => link.tell({ type: 'replay', state: 'running', ...replay.counts }), 250)
const counts = await replay.run()
clearInterval(report)
log?.close()
link.tell({ type: 'replay', state: link.signal.aborted ? 'stopped' : 'done', ...counts })
if (process.connected) process.disconnect()
