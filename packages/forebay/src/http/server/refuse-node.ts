import type { Clock } from '../../kernel/clock.ts'
import type { Refused } from '../signals/to-headers.ts'
import type { NodeRequest, NodeResponse } from './node-exchange.ts'

/** What a refused client may still send before its connection is cut. */
const lingerBytes = 1024 ** 2
const lingerMs = 1000

/**
 * Tells a client that it was refused. A body that is still on its way is thrown away for at most 1 MiB or 1 s while the
 * answer travels, and then the connection is closed, or of HTTP/2 the one stream: closing at once would reset it, and the
 * client would lose the answer.
 */
export function refuseNode(
  req: NodeRequest,
  res: NodeResponse,
  { status, headers, body }: Refused,
  clock: Clock,
): void {
  if (res.headersSent) return
  const length = { 'content-length': body.length } // ASCII
  const { stream } = res
  if (req.complete || !hasBody(req)) {
    res.writeHead(status, { ...headers, ...length })
    res.end(body)
    return
  }
  res.writeHead(status, { ...headers, ...length, ...(stream === undefined && { connection: 'close' }) })
  res.write(body) // the whole answer; its end, which closes, comes later
  let left = lingerBytes
  let isOver = false
  const finish = (): void => {
    if (isOver) return
    isOver = true
    stop()
    res.end()
    if (req.complete) return
    if (stream === undefined) req.socket.destroySoon?.()
    else stream.close(0) // NO_ERROR (RFC 9113, 8.1); its socket is that of all the other streams
  }
  const stop = clock.after(lingerMs, finish)
  req.on('data', (chunk) => {
    left -= chunk.length
    if (left <= 0) finish()
  })
  req.on('end', finish)
  req.on('close', finish)
  req.resume()
}

function hasBody({ headers }: NodeRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
