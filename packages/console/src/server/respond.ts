import type { ServerResponse } from 'node:http'

/** Sent with every answer: nothing here is to be framed, sniffed, kept or read by another origin. */
export const commonHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

export function respond(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent) return
  response.writeHead(status, {
    ...commonHeaders,
    'content-type': 'text/plain; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  })
  response.end(body)
}

export function respondJson(response: ServerResponse, status: number, value: unknown): void {
  respond(response, status, `${JSON.stringify(value)}\n`, { 'content-type': 'application/json; charset=utf-8' })
}
