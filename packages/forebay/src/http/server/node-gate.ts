import { Admission } from './admission.ts'
import type { NodeRequest, NodeResponse } from './node-exchange.ts'
import { enterNode } from './node-exchange.ts'
import { refuseNode } from './refuse-node.ts'
import type { ServerOptions } from './server-options.ts'

export interface NodeGateOptions<Q> extends ServerOptions<Q> {
  /** Told what the handler throws or rejects with, once the client has its 500. Default: it is thrown on, as without a gate. */
  readonly onError?: (error: unknown, request: Q) => void
}

/**
 * Puts the handler of a `node:http` or `node:http2` server behind a gate. What is shed gets 429 or 503 with its
 * headers; a client that goes while it waits is taken out of the line at once.
 *
 * @example
 * createServer(nodeGate(async (req, res) => res.end(await page(req.url)), { gate: limit(50) }))
 */
export function nodeGate<Q extends NodeRequest, S extends NodeResponse>(
  handler: (req: Q, res: S) => unknown,
  options: NodeGateOptions<Q>,
): (req: Q, res: S) => void {
  const admission = new Admission(options)
  const fail = (error: unknown, req: Q, res: S): void => {
    if (!res.headersSent) res.writeHead(500, { 'content-length': 0 })
    res.end()
    if (options.onError === undefined) throw error
    options.onError(error, req)
  }
  return (req, res) => {
    if (admission.skips(req)) return void handler(req, res)
    const serve = (passage: Awaited<ReturnType<typeof enterNode>>): void => {
      if (passage === undefined) return
      let result: unknown
      try {
        result = passage.work(() => handler(req, res), admission.inherits)
      } catch (error) {
        return fail(error, req, res)
      }
      if (result instanceof Promise) void result.catch((error: unknown) => fail(error, req, res))
    }
    const entered = enterNode(admission, req, req, res, (refused) =>
      refuseNode(req, res, refused, admission.settings.clock),
    )
    if (entered instanceof Promise) void entered.then(serve)
    else serve(entered)
  }
}
