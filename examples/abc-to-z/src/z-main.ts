import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { serveConsole } from '@forebay/console'
import { all, keyed, limit, rate } from 'forebay/gates'
import { nodeGate } from 'forebay/http'
import { metricsText, observeGates, sampler } from 'forebay/observe'
import { announce } from './announce.ts'
import { CALLER, SHARE, WORK_MS, WORKERS } from './settings.ts'

/**
 * Z, the service that all depend on: eight workers behind a line of its own that has no bound, as in most pools, and
 * does what it has begun to the end, whoever still waits for it.
 */
const waiting: (() => void)[] = [] // unbounded on purpose: what bounds it stands in front, or nothing does
let free = WORKERS

async function serve(_: IncomingMessage, response: ServerResponse): Promise<void> {
  if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve))
  else free--
  await new Promise((resolve) => setTimeout(resolve, WORK_MS))
  const next = waiting.shift()
  if (next === undefined) free++
  else next()
  response.end('done')
}

/** A share for each caller, and no more at once than there are workers: nobody can take what the others were promised. */
const gate = all([keyed(() => rate({ limit: SHARE, burst: 10, name: 'share' })), limit(WORKERS)], {
  line: { max: 64, hold: '500ms' },
  name: 'z',
})

const handler = (request: IncomingMessage, response: ServerResponse): void => void serve(request, response)
const gated = nodeGate(serve, { gate, key: ({ headers }) => String(headers[CALLER]), advertise: true })

/** A page that shows who asks Z, what he gets, and what is refused and why. */
async function showGate(): Promise<string> {
  const samples = sampler([observeGates([gate], { name: 'Z' })])
  const { url } = await serveConsole(samples, {
    port: 0,
    metrics: () => metricsText(samples.snapshots(), { scale: (flow) => samples.scale(flow) }),
  })
  return url
}

const consoleUrl = process.env['CONSOLE'] === '1' ? await showGate() : undefined
announce(createServer(process.env['GATED'] === '1' ? gated : handler), undefined, { consoleUrl })
