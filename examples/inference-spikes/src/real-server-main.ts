import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serveConsole } from '@forebay/console'
import { nodeGate } from 'forebay/http'
import { metricsText, observeGates, sampler } from 'forebay/observe'
import { doors, LONGEST_TEXT, type DoorName } from './real/doors.ts'
import { Reader } from './real/reader.ts'
import type { ServerReport } from './real/start-server.ts'

/** A server of one model, behind the door that the environment names: a text comes in, what the model finds in it goes out. */
const reader = new Reader()
const door = doors[process.env['DOOR'] as DoorName]()
const seen = { mostHeld: 0, mostMemory: 0, read: 0, readForNobody: 0 }

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = await textOf(request)
  if (text === undefined) return void response.writeHead(413).end()
  const reading = await reader.read(text)
  seen.read += reading.tokens
  if (response.destroyed) seen.readForNobody += reading.tokens
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(reading))
}

async function textOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > LONGEST_TEXT) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** A client that goes in the middle of its text is no fault of ours. */
function unguarded(request: IncomingMessage, response: ServerResponse): void {
  serve(request, response).catch(() => response.destroy())
}

const gated = door === undefined ? unguarded : nodeGate(serve, { ...door, onError: () => {} })
const server = createServer((request, response) => {
  gated(request, response)
  seen.mostHeld = Math.max(seen.mostHeld, reader.length + (door?.gate.stats.waiting ?? 0))
})

async function showConsole(): Promise<string> {
  const gates = door === undefined ? [] : [observeGates([door.gate], { name: 'door' })]
  const samples = sampler([reader.run, ...gates])
  const { url } = await serveConsole(samples, { port: 0, metrics: () => metricsText(samples.snapshots()) })
  return url
}

await reader.read('Ready?')
const consoleUrl = process.env['CONSOLE'] === '1' ? await showConsole() : undefined
const before = process.memoryUsage.rss()
const watch = setInterval(() => {
  seen.mostMemory = Math.max(seen.mostMemory, process.memoryUsage.rss() - before)
}, 50)
server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port, consoleUrl })
})
process.on('message', () => process.send?.({ report: seen satisfies ServerReport }))
process.on('disconnect', () => {
  clearInterval(watch)
  process.exit()
})
