import { copyOf, dropBody, holdBody, makeResponse } from '../body/hold-body.ts'
import type { PlatformResponse, WebResponse } from '../body/hold-body.ts'
import { rememberCall } from '../call/scope.ts'
import { Admission } from './admission.ts'
import type { ServerOptions } from './server-options.ts'

/** What is used of a web `Request`. */
export interface WebRequest {
  readonly headers: { get(name: string): string | null }
  readonly signal?: AbortSignal
}

/**
 * Puts a handler of web requests (Hono, Bun, Deno, route handlers of others) behind a gate. The permit is held until
 * the body of the response has been read to its end or cancelled, and the handler has settled.
 *
 * @example
 * const serve = webGate<Request>({ gate: limit(50) })
 * export default { fetch: (request: Request) => serve(request, () => app.fetch(request)) }
 */
export function webGate<Q extends WebRequest = WebRequest>(
  options: ServerOptions<Q>,
): (request: Q, next: () => PlatformResponse | Promise<PlatformResponse>) => Promise<PlatformResponse> {
  const admission = new Admission(options)
  return async (request, next) => enterWeb(admission, request, request, next)
}

/** Takes one exchange of web objects through the gate. */
export async function enterWeb<R>(
  admission: Admission<R>,
  subject: R,
  request: WebRequest,
  next: () => PlatformResponse | Promise<PlatformResponse>,
): Promise<PlatformResponse> {
  if (admission.skips(subject)) return next()
  const passage = admission.passageFor(subject, request.headers)
  rememberCall(request, passage.call)
  const { signal } = request
  const gone = (): void => passage.gone()
  if (signal?.aborted === true) gone()
  signal?.addEventListener('abort', gone, { once: true })
  const { outcome } = admission.settings
  try {
    await admission.enter(passage, subject)
  } catch (error) {
    signal?.removeEventListener('abort', gone)
    const refused = admission.refusal(error, passage)
    return makeResponse(refused?.body ?? '', refused ?? { status: 499, headers: {} }) // 499: nobody is there to read it
  }
  let response: PlatformResponse | undefined
  try {
    response = await passage.work(async () => next(), admission.inherits)
    const said = outcome((response as WebResponse).status)
    response = holdBody(response, (end) => {
      signal?.removeEventListener('abort', gone)
      if (end === 'whole') passage.ended(said)
      else passage.gone()
    })
    return withFields(response, admission.advertisement(passage))
  } catch (error) {
    signal?.removeEventListener('abort', gone)
    try {
      passage.ended(outcome(500))
    } finally {
      passage.gone() // where `outcome` throws too
      dropBody(response, error)
    }
    throw error
  }
}

function withFields(response: PlatformResponse, fields: Record<string, string> | undefined): PlatformResponse {
  if (fields === undefined) return response
  try {
    return setFields(response, fields)
  } catch {
    // Headers of redirects and of what `fetch` gave are immutable. A copy of an upgrade would be none.
    const { status, body } = response as WebResponse
    return status < 200 ? response : setFields(copyOf(response, body), fields)
  }
}

function setFields(response: PlatformResponse, fields: Record<string, string>): PlatformResponse {
  const { headers } = response as unknown as { headers: { set(name: string, value: string): void } }
  for (const name of Object.keys(fields)) headers.set(name, fields[name] as string)
  return response
}
