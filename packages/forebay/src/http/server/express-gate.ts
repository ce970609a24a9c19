import { Admission } from './admission.ts'
import type { NodeRequest, NodeResponse } from './node-exchange.ts'
import { enterNode } from './node-exchange.ts'
import type { Passage } from './passage.ts'
import { refuseNode } from './refuse-node.ts'
import type { ServerOptions } from './server-options.ts'

/**
 * Express middleware, and that of everything that has `(req, res, next)`. The permit is held until the response has
 * ended or closed, and, where the client goes before the handler has begun to answer, until it answers all the same.
 *
 * @example
 * app.use(expressGate({ gate: limit(50), key: (req) => req.ip }))
 */
export function expressGate<Q extends NodeRequest = any>(
  options: ServerOptions<Q>,
): (req: Q, res: NodeResponse, next: (error?: unknown) => void) => void {
  const admission = new Admission(options)
  return (req, res, next) => {
    if (admission.skips(req)) return next()
    const serve = (passage: Passage | undefined): void => passage?.work(() => next(), admission.inherits)
    const entered = enterNode(admission, req, req, res, (refused) =>
      refuseNode(req, res, refused, admission.settings.clock),
    )
    if (entered instanceof Promise) entered.then(serve, next)
    else serve(entered)
  }
}
