/** What is used of web `Headers`. */
export interface WebHeaders {
  get(name: string): string | null
  has(name: string): boolean
  set(name: string, value: string): void
}

/** What is used of a `RequestInit`. */
export interface FetchInit {
  method?: string
  headers?: any
  body?: any
  signal?: any
}

/** A function like `fetch`. */
export type FetchLike = (input: any, init?: any) => Promise<any>

/** The runtime's own `fetch` where its types are known. */
export type PlatformFetch = typeof globalThis extends { fetch: infer F } ? F : FetchLike

/** What is used of a web `Request`. */
export interface RequestLike {
  readonly url: string
  readonly method: string
  readonly headers: WebHeaders
  readonly body: unknown
  readonly signal: AbortSignal
}

interface Host {
  fetch: FetchLike
  Headers: new (init?: unknown) => WebHeaders
}

const host = globalThis as unknown as Host

export function platformFetch(input: unknown, init: unknown): Promise<unknown> {
  return host.fetch(input, init)
}

export function makeHeaders(init: unknown): WebHeaders {
  return new host.Headers(init)
}
