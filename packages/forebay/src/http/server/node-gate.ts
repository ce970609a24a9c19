import { Admission } from './admission.ts'
import type { NodeRequest, NodeResponse } from './node-exchange.ts'
import { enterNode } from './node-exchange.ts'
import { refuseNode } from './refuse-node.ts'
import type { ServerOptions } from './server-options.ts'

export interface NodeGateOptions<Q> extends ServerOptions<Q> {
  /** Told what the handler, or a function of these options, throws or rejects with, once the client has its 500. Default `console.error`. */
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
  const { onError = (error: unknown): void => console.error(error) } = options
  const fail = (error: unknown, req: Q, res: S): void => {
    if (!res.headersSent) res.writeHead(500, { 'content-length': 0 })
    res.end()
    onError(error, req)
  }
  const serve = async (req: Q, res: S): Promise<void> => {
    if (admission.skips(req)) return void (await handler(req, res))
    const entered = enterNode(admission, req, req, res, (refused) =>
      refuseNode(req, res, refused, admission.settings.clock),
    )
    const passage = entered instanceof Promise ? await entered : entered
    await passage?.work(() => handler(req, res), admission.inherits)
  }
  return (req, res) => void serve(req, res).catch((error: unknown) => fail(error, req, res))
}
