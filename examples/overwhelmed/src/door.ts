import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { isForebayError, type Shed } from 'forebay'
import { refusedBy } from 'forebay/http'
import type { Grant, Sender } from 'forebay/queue'
import type { Job } from './jobs.ts'
import type { Meter } from './meter.ts'
import { putJobs } from './put-jobs.ts'
import { MOST_PUT } from './settings.ts'

/** A service that takes jobs over HTTP. */
export interface Door {
  readonly url: string
  close(): Promise<void>
}

/** It says 429 with Retry-After when its queue is full. */
export function refusingDoor(sender: Sender<Job>, meter: Meter): Promise<Door> {
  return openDoor(async (jobs, response) => {
    await putJobs(sender, jobs, meter)
    response.writeHead(202).end()
  })
}

/**
 * Each answer says how many jobs may come next, and room for them is set aside: nobody is ever refused. It is given
 * when there is room.
 */
export async function creditDoor(sender: Sender<Job>, meter: Meter): Promise<Door> {
  let grant: Grant | undefined
  const door = await openDoor(async (jobs, response) => {
    const granted = grant
    grant = undefined
    if (jobs.length > 0) await putJobs(sender, jobs, meter, granted === undefined ? {} : { grant: granted })
    granted?.release()
    grant = await sender.acquire({ items: MOST_PUT })
    response.writeHead(202, { 'ratelimit-policy': '"jobs";qu="jobs"', ratelimit: `"jobs";r=${grant.items}` }).end()
  })
  return {
    url: door.url,
    close: async () => {
      await door.close()
      grant?.release()
    },
  }
}

async function openDoor(take: (jobs: readonly Job[], response: ServerResponse) => Promise<void>): Promise<Door> {
  const server = createServer((request, response) => {
    answer(take, request, response).catch(() => response.writeHead(503).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${port}/jobs`, close }
}

async function answer(
  take: (jobs: readonly Job[], response: ServerResponse) => Promise<void>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await take(JSON.parse(await text(request)) as Job[], response)
  } catch (error) {
    if (!isForebayError(error, 'FOREBAY_SHED')) throw error
    // 429 and not 503: there is one producer, and what it sends is too much.
    const { status, headers, body } = refusedBy(error as Shed, { kind: () => 'quota-exceeded' })
    response.writeHead(status, headers).end(body)
  }
}
