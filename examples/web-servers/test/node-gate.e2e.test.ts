import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { connect, createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import fastify from 'fastify'
import { limit } from 'forebay/gates'
import { fastifyGate, nodeGate } from 'forebay/http'
import { afterEach, describe, expect, it } from 'vitest'

const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

async function portOf(server: { listen(port: number, host: string): unknown } & NodeJS.EventEmitter): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return ((server as Server).address() as AddressInfo).port
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`never: ${condition.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

describe('a gate in front of node:http2', () => {
  it('holds a permit for each stream until it has ended or was reset, and sheds the rest', async () => {
    const gate = limit(2, { name: 'streams', line: 0 })
    const ends: (() => void)[] = []
    const server = createHttp2Server(
      nodeGate(
        async (_req, res) => {
          await new Promise<void>((resolve) => ends.push(resolve))
          res.end('done')
        },
        { gate, linger: 0 },
      ),
    )
    const client = connect(`http://127.0.0.1:${await portOf(server)}`)
    open.push(
      () => client.destroy(),
      () => server.close(),
    )
    const ask = async (): Promise<[status: unknown, text: string]> => {
      const stream = client.request({ ':path': '/' })
      const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
      let text = ''
      for await (const chunk of stream) text += String(chunk)
      return [headers[':status'], text]
    }
    const first = ask()
    const reset = client.request({ ':path': '/' })
    reset.on('error', () => {})
    await until(() => ends.length === 2)
    const [status, text] = await ask()
    expect([status, (JSON.parse(text) as { gate: string }).gate]).toEqual([503, 'streams'])
    reset.close(8)
    await until(() => gate.stats.inUse === 1)
    for (const end of ends) end()
    expect(await first).toEqual([200, 'done'])
    await until(() => gate.stats.inUse === 0)
  })

  it.each([{}, { 'content-length': 1e9 }])(
    'ends a refused upload and no other stream of its connection: %o',
    async (length) => {
      const gate = limit(1, { name: 'größe', line: 0 })
      let end!: () => void
      const server = createHttp2Server(
        nodeGate(
          async (_req, res) => {
            await new Promise<void>((resolve) => (end = resolve))
            res.end('done')
          },
          { gate },
        ),
      )
      const client = connect(`http://127.0.0.1:${await portOf(server)}`)
      open.push(
        () => client.destroy(),
        () => server.close(),
      )
      const streams: { readonly destroyed: boolean }[] = []
      server.on('stream', (stream) => streams.push(stream))
      let ended: unknown
      client.on('goaway', () => (ended = 'goaway')).on('close', () => (ended = 'close'))
      const other = client.request({ ':path': '/' })
      await until(() => gate.stats.inUse === 1)
      const upload = client.request({ ':path': '/', ':method': 'POST', ...length })
      upload.on('error', () => {})
      const chunk = Buffer.alloc(65_536)
      const send = (): void => void (upload.writable && upload.write(chunk, send))
      send()
      const [headers] = (await once(upload, 'response')) as [Record<string, unknown>]
      let text = ''
      upload.on('data', (part) => (text += String(part)))
      await until(() => upload.readableEnded && streams[1]?.destroyed === true)
      expect([headers[':status'], (JSON.parse(text) as { gate: string }).gate]).toEqual([503, 'größe'])
      let answer: unknown
      other.on('response', (fields: Record<string, unknown>) => (answer = fields[':status'])).on('error', () => {})
      end()
      await until(() => answer !== undefined || ended !== undefined)
      expect([answer, ended]).toEqual([200, undefined])
      other.resume()
      await until(() => gate.stats.inUse === 0)
    },
  )
})

describe('a function of the options that throws', () => {
  const gate = limit(5)
  const key = (): string => {
    throw new Error('odd request')
  }

  it.each([{ key }, { cost: key as () => never }, { skip: key as () => never }])(
    'is a 500 and not the end of the server: %o',
    async (more) => {
      const errors: unknown[] = []
      const onError = (error: unknown): void => void errors.push(error)
      const server = createServer(nodeGate((_req, res) => res.end('x'), { gate, onError, ...more }))
      open.push(() => server.close().closeAllConnections())
      expect((await fetch(`http://127.0.0.1:${await portOf(server)}`)).status).toBe(500)
      expect(errors).toMatchObject([{ message: 'odd request' }])
      const other = fastify()
      await other.register(fastifyGate({ gate, ...more }))
      other.get('/', () => 'x')
      open.push(() => void other.close())
      expect((await fetch(await other.listen({ host: '127.0.0.1', port: 0 }))).status).toBe(500)
      expect(gate.stats.inUse).toBe(0)
    },
  )
})

describe('an option that throws once the answer has gone out', () => {
  it('does not end the process, and gives the permit back', async () => {
    const gate = limit(1, { name: 'judged', line: 0 })
    const judged: number[] = []
    const outcome = (status: number): never => {
      judged.push(status)
      throw new Error('no verdict')
    }
    const server = createServer(nodeGate((_req, res) => void res.end('done'), { gate, outcome }))
    const port = await portOf(server)
    open.push(() => server.close())
    for (let i = 0; i < 3; i++) {
      const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })
      expect([response.status, await response.text()]).toEqual([200, 'done'])
      await until(() => gate.stats.inUse === 0)
    }
    expect(judged).toEqual([200, 200, 200])
  })
})
