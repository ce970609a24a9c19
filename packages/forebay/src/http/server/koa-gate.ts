import { Admission } from './admission.ts'
import type { NodeRequest, NodeResponse } from './node-exchange.ts'
import { enterNode } from './node-exchange.ts'
import type { ServerOptions } from './server-options.ts'

/** What is used of a Koa context. */
export interface KoaContext {
  readonly req: NodeRequest
  readonly res: NodeResponse
  status: number
  body: unknown
  set(fields: Record<string, string>): void
}

/**
 * Koa middleware. The permit is held until the response has ended or closed and what comes after has settled, so work
 * whose client has gone is still counted.
 *
 * @example
 * app.use(koaGate({ gate: limit(50), key: (ctx) => ctx.ip }))
 */
export function koaGate<C extends KoaContext = any>(
  options: ServerOptions<C>,
): (ctx: C, next: () => Promise<unknown>) => Promise<unknown> {
  const admission = new Admission(options)
  return async (ctx, next) => {
    if (admission.skips(ctx)) return next()
    const entered = enterNode(admission, ctx, ctx.req, ctx.res, ({ status, headers, body }) => {
      ctx.status = status
      ctx.set({ ...headers })
      ctx.body = body
    })
    const passage = entered instanceof Promise ? await entered : entered
    return passage?.work(next, admission.inherits)
  }
}
