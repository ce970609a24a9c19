import { makeResponse } from '../body/hold-body.ts'
import type { PlatformResponse } from '../body/hold-body.ts'
import { rememberCall } from '../call/scope.ts'
import { Admission } from './admission.ts'
import type { NodeRequest, NodeResponse } from './node-exchange.ts'
import { enterNode } from './node-exchange.ts'
import type { ServerOptions } from './server-options.ts'
import { enterWeb } from './web-gate.ts'
import type { WebRequest } from './web-gate.ts'

/** What is used of a Hono context. */
export interface HonoContext {
  readonly req: { readonly raw: WebRequest }
  readonly env: unknown
  get res(): any
  set res(response: any)
}

/**
 * Hono middleware. On Node it holds the permit until the connection has taken the last byte; elsewhere until the body
 * has been read to its end or cancelled. Either way the handler is counted until it has settled.
 *
 * @example
 * app.use(honoGate({ gate: limit(50), key: (c) => c.req.header('x-api-key') }))
 */
export function honoGate<C extends HonoContext = any>(
  options: ServerOptions<C>,
): (c: C, next: () => Promise<void>) => Promise<any> {
  const admission = new Admission<C>(options)
  return async (c, next) => {
    const node = nodeOf(c.env)
    if (node === undefined) {
      c.res = await enterWeb<C>(admission, c, c.req.raw, async () => {
        await next()
        return c.res as PlatformResponse
      })
      return
    }
    if (admission.skips(c)) return next()
    let refusal: PlatformResponse | undefined
    const passage = await enterNode(admission, c, node.incoming, node.outgoing, ({ body, ...init }) => {
      refusal = makeResponse(body, init)
    })
    if (passage === undefined) return refusal ?? makeResponse('', { status: 499, headers: {} })
    rememberCall(c.req.raw, passage.call)
    await passage.work(next, admission.inherits)
  }
}

/** What `@hono/node-server` gives as bindings. */
function nodeOf(env: unknown): { readonly incoming: NodeRequest; readonly outgoing: NodeResponse } | undefined {
  const bindings = env as { incoming?: NodeRequest; outgoing?: NodeResponse } | undefined
  if (bindings?.incoming === undefined || bindings.outgoing === undefined) return undefined
  return { incoming: bindings.incoming, outgoing: bindings.outgoing }
}
