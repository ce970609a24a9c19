/** What is used of a stream's reader. */
interface Reader {
  read(): Promise<{ readonly done: boolean; readonly value?: unknown }>
  cancel(reason: unknown): Promise<void>
}

/** What is used of a web `Response`. */
export interface WebResponse {
  readonly status: number
  readonly statusText: string
  readonly headers: { get(name: string): string | null }
  readonly body: { getReader(): Reader; cancel(reason?: unknown): Promise<void> } | null
}

/** The runtime's own `Response` where its types are known, else the part of it that is used here. */
export type PlatformResponse = typeof globalThis extends { Response: { prototype: infer R } } ? R : WebResponse

interface Controller {
  enqueue(chunk: unknown): void
  close(): void
  error(error: unknown): void
}

interface Host {
  Response: new (body: unknown, init: unknown) => WebResponse
  ReadableStream: new (
    source: { pull(controller: Controller): Promise<void>; cancel(reason: unknown): Promise<void> },
    strategy: { highWaterMark: number },
  ) => object
}

/** How a body ended: read to its end, or not. */
export type BodyEnd = 'whole' | 'broken'

const forgotten = new FinalizationRegistry<(end: BodyEnd) => void>((over) => over('broken'))

/**
 * `response`, of which `over` is told once when its body has ended: read to the end, cancelled, failed, or, where nobody
 * ever reads it, collected. Nothing is read ahead. A response without a body is over at once.
 */
export function holdBody<R>(response: R, over: (end: BodyEnd) => void): R {
  const { body, headers } = response as WebResponse
  if (body === null || headers.get('content-length') === '0') {
    over('whole')
    return response
  }
  const { ReadableStream } = globalThis as unknown as Host
  const token = {}
  let isOver = false
  const end = (how: BodyEnd): void => {
    if (isOver) return
    isOver = true
    forgotten.unregister(token)
    over(how)
  }
  const stream = new ReadableStream(
    {
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read()
          if (!done) return controller.enqueue(value)
          controller.close()
          end('whole')
        } catch (error) {
          controller.error(error)
          end('broken')
        }
      },
      cancel: async (reason) => {
        end('broken')
        await reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
  const held = copyOf(response, stream)
  const reader = body.getReader() // last of what may throw: a locked body cannot be cancelled
  forgotten.register(stream, end, token)
  return held
}

/** `response` with `body` as its body and headers that can be changed. */
export function copyOf<R>(response: R, body: unknown): R {
  const { Response } = globalThis as unknown as Host
  const copy = new Response(body, initOf(response as WebResponse))
  for (const name of ['url', 'redirected', 'type', 'status', 'statusText', 'ok'] as const) {
    Object.defineProperty(copy, name, { value: (response as Record<string, unknown>)[name] })
  }
  return copy as R
}

const bodiless = new Set([204, 205, 304])

/** What a `Response` can be made with: what comes over the wire may have any status and reason, `new Response` takes few. */
function initOf({ status, statusText, headers, body }: WebResponse): object {
  const isUsual = status >= 200 && status <= 599 && (body === null || !bodiless.has(status))
  return {
    status: isUsual ? status : 502, // seen by clones only, and no success
    statusText: /^[\t\x20-\x7e\x80-\xff]*$/.test(statusText) ? statusText : '',
    headers,
  }
}

/** Cancels a body that nobody will read, and waits for nothing. */
export function dropBody(response: unknown, reason: unknown): void {
  ;(response as WebResponse | undefined)?.body?.cancel(reason).catch(() => {}) // it may be locked or have failed
}

/** A response that is made here. */
export function makeResponse(
  body: string,
  init: { status: number; headers: Readonly<Record<string, string>> },
): PlatformResponse {
  return new (globalThis as unknown as Host).Response(body, init) as PlatformResponse
}
