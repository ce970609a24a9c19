import { callOf, runInCall } from '../call/scope.ts'
import { Admission } from './admission.ts'
import type { NodeRequest, NodeResponse } from './node-exchange.ts'
import { enterNode } from './node-exchange.ts'
import type { Passage } from './passage.ts'
import type { ServerOptions } from './server-options.ts'

/** What is used of a Fastify request. */
export interface FastifyRequestLike {
  readonly raw: NodeRequest
}

/** What is used of a Fastify reply. */
export interface FastifyReplyLike {
  readonly raw: NodeResponse
  code(status: number): unknown
  headers(fields: Record<string, string>): unknown
  send(body: string): unknown
}

type Hook = (request: any, reply: any, done: (error?: Error) => void) => void

/** What is used of a Fastify instance. */
export interface FastifyLike {
  addHook(name: 'onRequest' | 'preHandler', hook: Hook): unknown
}

/**
 * A Fastify plugin: all routes of the instance that it is registered on, and of those within, ask the gate before
 * anything of the request is parsed. The permit is held until the response has ended or closed.
 *
 * @example
 * app.register(fastifyGate({ gate: limit(50), key: (request) => request.ip }))
 */
export function fastifyGate<Q extends FastifyRequestLike = FastifyRequestLike & { readonly [name: string]: any }>(
  options: ServerOptions<Q>,
): (fastify: FastifyLike, given: unknown, done: () => void) => void {
  const admission = new Admission(options)
  const onRequest: Hook = (request: Q, reply: FastifyReplyLike, done) => {
    let isSkipped: boolean
    try {
      isSkipped = admission.skips(request)
    } catch (error) {
      return done(error as Error)
    }
    if (isSkipped) return done()
    const serve = (passage: Passage | undefined): void => passage?.work(() => done(), admission.inherits)
    const entered = enterNode(admission, request, request.raw, reply.raw, ({ status, headers, body }) => {
      reply.code(status)
      reply.headers({ ...headers })
      reply.send(body)
    })
    if (entered instanceof Promise) entered.then(serve, done)
    else serve(entered)
  }
  // Reading a body leaves the asynchronous scope of the first hook: its events belong to the socket.
  const preHandler: Hook = (request: Q, _reply, done) => {
    const call = callOf(request.raw)
    if (call === undefined) done()
    else runInCall(call, done)
  }
  const plugin = (fastify: FastifyLike, _given: unknown, done: () => void): void => {
    fastify.addHook('onRequest', onRequest)
    if (admission.inherits) fastify.addHook('preHandler', preHandler)
    done()
  }
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true, // what fastify-plugin sets: the hooks are for the instance, not for a copy of it
    [Symbol.for('fastify.display-name')]: 'forebay-gate',
  })
}
