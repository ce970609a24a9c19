import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { serve } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import type { Gate } from 'forebay/gates'
import { expressGate, fastifyGate, honoGate, koaGate, nestGate, nodeGate } from 'forebay/http'
import { Hono } from 'hono'
import Koa from 'koa'
import { bytes, scope } from './app.ts'
import type { App } from './app.ts'

/** A server that listens on a free port of the loopback. */
export interface Served {
  readonly url: string
  readonly port: number
  close(): Promise<unknown>
}

/** The same five routes, built with each of the frameworks. Only the line that names the gate differs from what they would be without one. */
export type Serve = (gate: Gate, app: App) => Promise<Served>

export const serveNode: Serve = (gate, app) =>
  listening(
    createServer(
      nodeGate(
        async (req, res) => {
          if (req.url === '/boom') throw new Error('boom')
          if (req.url === '/stream') return pipeline(bytes(), res).catch(() => {})
          for await (const chunk of req) void chunk
          res.end(req.url === '/scope' ? JSON.stringify(await scope()) : await app.work())
        },
        { gate, key: (req) => req.socket.remoteAddress, onError: () => {} },
      ),
    ),
  )

export const serveExpress: Serve = (gate, app) => {
  const server = express()
  server.use(expressGate({ gate, key: (req) => req.ip }))
  server.use(express.text())
  server.all('/work', async (_req, res) => void res.send(await app.work()))
  server.post('/scope', async (_req, res) => void res.json(await scope()))
  server.get('/stream', (_req, res) => void pipeline(bytes(), res).catch(() => {}))
  server.get('/boom', () => {
    throw new Error('boom')
  })
  server.use((_error: unknown, _req: unknown, res: express.Response, _next: unknown) => void res.sendStatus(500))
  return listening(createServer(server))
}

export const serveFastify: Serve = async (gate, app) => {
  const server = fastify()
  await server.register(fastifyGate({ gate, key: (request) => request.ip }))
  server.all('/work', () => app.work())
  server.post('/scope', () => scope())
  server.get('/stream', (_request, reply) => reply.send(bytes()))
  server.get('/boom', () => {
    throw new Error('boom')
  })
  await server.listen({ host: '127.0.0.1', port: 0 })
  const { port } = server.server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port, close: () => server.close() }
}

export const serveKoa: Serve = (gate, app) => {
  const server = new Koa()
  server.on('error', () => {})
  server.use(koaGate({ gate, key: (ctx) => ctx.ip }))
  server.use(async (ctx) => {
    if (ctx.path === '/boom') throw new Error('boom')
    if (ctx.path === '/stream') ctx.body = bytes()
    else if (ctx.path === '/scope') ctx.body = await scope()
    else ctx.body = await app.work()
  })
  const answer = server.callback()
  return listening(createServer((req, res) => void answer(req, res)))
}

export const serveHono: Serve = async (gate, app) => {
  const server = new Hono()
  server.use(honoGate({ gate, key: (c) => c.req.header('x-api-key') }))
  server.all('/work', async (c) => c.text(await app.work()))
  server.post('/scope', async (c) => {
    await c.req.text()
    return c.json(await scope())
  })
  server.get('/stream', (c) => c.body(Readable.toWeb(bytes()) as ReadableStream))
  server.get('/boom', () => {
    throw new Error('boom')
  })
  server.onError((_error, c) => c.text('', 500))
  const listener = serve({ fetch: server.fetch, hostname: '127.0.0.1', port: 0 }) as Server
  if (!listener.listening) await once(listener, 'listening')
  return served(listener)
}

/** A guard is for single routes; here it stands before all of them. Nothing is inherited: that is what middleware is for. */
export const serveNest: Serve = async (gate, app) => {
  const { buildNest } = await import('./nest-server.ts')
  return served(await buildNest(nestGate({ gate, key: (req) => req.ip }), app, 'express'))
}

/** The same guard on Fastify, which is asked when the body has been read. */
export const serveNestOnFastify: Serve = async (gate, app) => {
  const { buildNest } = await import('./nest-server.ts')
  return served(await buildNest(nestGate({ gate, key: (req) => req.ip }), app, 'fastify'))
}

/** Fastify's own gate is asked before that. */
export const serveFastifyOfNest: Serve = async (gate, app) => {
  const { buildNest } = await import('./nest-server.ts')
  return served(await buildNest(fastifyGate({ gate, key: (request) => request.ip }), app, 'fastify'))
}

async function listening(server: Server): Promise<Served> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return served(server)
}

function served(server: Server): Served {
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      }),
  }
}
