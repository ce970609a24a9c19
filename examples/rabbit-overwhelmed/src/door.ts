import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { isForebayError, systemClock, type Shed } from 'forebay'
import { readSignals, refusedBy } from 'forebay/http'
import type { Sender } from 'forebay/queue'
import type { Job } from './jobs.ts'
import type { Meter } from './meter.ts'

/** A service that takes jobs over HTTP, and says 429 with Retry-After when its queue is full. */
export async function openDoor(sender: Sender<Job>): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => void answer(sender, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${port}/jobs`, close }
}

async function answer(sender: Sender<Job>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const jobs = JSON.parse(await text(request)) as Job[]
    await sender.put(jobs.map((body) => ({ body })))
    response.writeHead(202).end()
  } catch (error) {
    if (isForebayError(error, 'FOREBAY_SHED')) {
      // 429 and not 503: there is one producer, and what it sends is too much.
      const { status, headers, body } = refusedBy(error as Shed, { kind: () => 'quota-exceeded' })
      response.writeHead(status, headers).end(body)
    } else response.writeHead(503).end()
  }
}

/** A client that does what it is told: it comes back with the same jobs when Retry-After is over. */
export async function deliver(url: string, jobs: readonly Job[], meter: Meter): Promise<void> {
  for (;;) {
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(jobs) })
    await response.arrayBuffer()
    if (response.status === 202) return
    const headers = Object.fromEntries(response.headers)
    const { retryAfterMs } = readSignals(headers, systemClock)
    if (response.status !== 429 || retryAfterMs === undefined) throw new Error(`the service said ${response.status}`)
    meter.refused++
    await sleep(retryAfterMs)
  }
}
