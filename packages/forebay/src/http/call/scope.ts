import type { Ask } from '../../kernel/gate.ts'
import type { InboundCall } from './inbound-call.ts'

/** The part of Node's `AsyncLocalStorage` that is used here. */
interface Storage {
  getStore(): InboundCall | undefined
  run<R>(call: InboundCall, work: () => R): R
  disable(): void
}

interface Host {
  process?: { getBuiltinModule?: (name: string) => { AsyncLocalStorage: new () => Storage } | undefined }
}

let storage: Storage | undefined
const byRequest = new WeakMap<object, InboundCall>()

/**
 * Runs `work` so that calls made from inside of it, however deep and late, belong to `call`. Node, Bun and Deno have
 * the storage for it; elsewhere `work` simply runs. It is made at the first use, since one that is in use makes Node 20
 * call a hook for every promise of the process.
 */
export function runInCall<R>(call: InboundCall, work: () => R): R {
  storage ??= makeStorage()
  return storage === undefined ? work() : storage.run(call, work)
}

/** The request that this code is serving; `undefined` outside of any, or where the server was told not to `inherit`. */
export function currentCall(): InboundCall | undefined {
  return storage?.getStore()
}

/** The call of a request object of `node:http`, or of a web `Request`, whether inherited or not. */
export function callOf(request: object): InboundCall | undefined {
  return byRequest.get(request)
}

/** Lets {@link callOf} find `call`. */
export function rememberCall(request: object, call: InboundCall): void {
  byRequest.set(request, call)
}

/** `ask` with the rest of the deadline and the level of the request that is being served, unless it names its own. An own deadline can only be sooner. */
export function inherit(ask: Ask = {}): Ask {
  const call = currentCall()
  if (call === undefined) return ask
  const deadline = Math.min(ask.deadline ?? Infinity, call.deadline)
  return { ...ask, level: ask.level ?? call.level, ...(deadline !== Infinity && { deadline }) }
}

/** Ends inheritance; for tests. */
export function disableScope(): void {
  storage?.disable()
  storage = undefined
}

function makeStorage(): Storage | undefined {
  const { process } = globalThis as unknown as Host
  const hooks = process?.getBuiltinModule?.('node:async_hooks')
  return hooks === undefined ? undefined : new hooks.AsyncLocalStorage()
}
