import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../kernel/clock.ts'

/** Bytes and time that a refused client may still send before the connection is cut. */
const LINGER_BYTES = 1024 ** 2
const LINGER_MS = 1000

/** What a request is told. */
export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly retryAfterMs?: number
  readonly allow?: string
}

/**
 * Writes an answer. A body that is still on its way is thrown away for at most 1 MiB or 1 s while the answer
 * travels, and then the connection is closed: closing at once would reset it, and the client would lose the answer.
 */
export function answer(
  req: IncomingMessage,
  res: ServerResponse,
  clock: Clock,
  { status, body, ...more }: Answer,
): void {
  if (res.headersSent || res.destroyed) return
  const text = JSON.stringify(body) + '\n'
  const isWhole = req.complete
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...(more.retryAfterMs !== undefined && { 'retry-after': String(Math.max(1, Math.ceil(more.retryAfterMs / 1000))) }),
    ...(more.allow !== undefined && { allow: more.allow }),
    ...(!isWhole && { connection: 'close' }),
  })
  if (isWhole) {
    res.end(text)
    return
  }
  // `end` would close the socket once the text is flushed; the text alone completes the answer for the client.
  res.write(text)
  linger(req, clock, () => res.end())
}

function linger(req: IncomingMessage, clock: Clock, close: () => void): void {
  let left = LINGER_BYTES
  const stop = clock.after(LINGER_MS, finish)
  const discard = (chunk: Buffer): void => {
    left -= chunk.length
    if (left <= 0) finish()
  }
  function finish(): void {
    stop()
    req.off('data', discard).off('end', finish).off('close', finish)
    close()
    // Ending the answer half-closes; a client that goes on sending would keep the connection.
    if (!req.complete) req.socket.destroySoon()
  }
  req.on('data', discard).on('end', finish).on('close', finish)
  req.resume()
}
