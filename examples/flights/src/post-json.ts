import type { Agent } from 'node:http'
import { request } from 'node:http'

export interface HttpAnswer {
  readonly status: number
  /** Seconds to wait before asking again, when the answer says so. */
  readonly retryAfter: number | undefined
  /** The parsed body; `undefined` when it is not JSON. */
  readonly json: unknown
}

const MAX_ANSWER_BYTES = 1024 ** 2

/** Posts a body and gives the answer, whatever its status. Rejects when there is no whole answer within `timeoutMs`. */
export function post(options: {
  url: string
  body: string
  agent: Agent
  timeoutMs: number
  contentType?: string
  signal?: AbortSignal
}): Promise<HttpAnswer> {
  const { url, body, agent, timeoutMs, contentType = 'application/json', signal } = options
  return new Promise((resolve, reject) => {
    const limit = AbortSignal.timeout(timeoutMs)
    const call = request(url, {
      method: 'POST',
      agent,
      signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
      headers: { 'content-type': contentType, 'content-length': Buffer.byteLength(body) },
    })
    call.on('error', reject)
    call.on('response', (response) => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > MAX_ANSWER_BYTES) response.destroy(new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`))
        else chunks.push(chunk)
      })
      response.on('end', () => {
        const seconds = Number(response.headers['retry-after'] ?? Number.NaN)
        resolve({
          status: response.statusCode ?? 0,
          retryAfter: Number.isFinite(seconds) ? seconds : undefined,
          json: parsed(Buffer.concat(chunks).toString('utf8')),
        })
      })
    })
    call.end(body)
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
