import { Admission } from './admission.ts'
import type { NodeRequest, NodeResponse } from './node-exchange.ts'
import { enterNode } from './node-exchange.ts'
import { refuseNode } from './refuse-node.ts'
import type { ServerOptions } from './server-options.ts'

/** What is used of Nest's `ExecutionContext`. */
export interface NestContext {
  switchToHttp(): { getRequest(): any; getResponse(): any }
}

/** A NestJS guard: an object with `canActivate`. */
export interface NestGate {
  canActivate(context: NestContext): boolean | Promise<boolean>
}

/**
 * A NestJS guard, for one route, a controller, or all of them. What it refuses it answers itself, headers and all. A guard
 * ends before the handler begins, so nothing is inherited: `callOf(request)` has the call. On Fastify it is asked when the
 * body has been read. `app.use(expressGate(…))` and `app.register(fastifyGate(…))` do more.
 *
 * @example
 * @UseGuards(nestGate({ gate: limit(5, { name: 'reports' }) }))
 */
export function nestGate<Q extends NodeRequest = any>(options: ServerOptions<Q>): NestGate {
  const admission = new Admission(options)
  return {
    canActivate: (context) => {
      const http = context.switchToHttp()
      const request = http.getRequest() as Q & { raw?: NodeRequest }
      const response = http.getResponse() as NodeResponse & { raw?: NodeResponse; hijack?: () => void }
      if (admission.skips(request)) return true
      const req = request.raw ?? request
      const res = response.raw ?? response
      const entered = enterNode(admission, request, req, res, (refused) => {
        response.hijack?.() // Fastify's replies
        refuseNode(req, res, refused, admission.settings.clock)
      })
      if (!(entered instanceof Promise)) return true
      return entered.then((passage) => passage !== undefined)
    },
  }
}
