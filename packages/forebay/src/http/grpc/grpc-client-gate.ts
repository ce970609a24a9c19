import { ForebayError } from '../../kernel/errors.ts'
import type { ClientOptions } from '../client/client-options.ts'
import { clientSettings } from '../client/client-options.ts'
import { OutboundCall } from '../client/outbound-call.ts'
import { levelHeader } from '../call/call-headers.ts'
import type { GrpcMetadata, GrpcStatus } from './grpc-status.ts'
import { headersOf, httpStatusOf, outcomeOfCode, statusOfRefusal } from './grpc-status.ts'

/** What is used of the module `@grpc/grpc-js` by clients. */
export interface GrpcClientModule {
  readonly InterceptingCall: new (nextCall: any, requester: any) => any
  readonly Metadata: new () => any
}

interface CallOptions {
  readonly deadline?: number | { getTime(): number }
  readonly method_definition: { readonly path: string }
}

interface Listener {
  onReceiveStatus(status: GrpcStatus): void
}

/**
 * An interceptor for clients of `@grpc/grpc-js`: each call, streams too, asks the gate for a permit and holds it until its
 * status has come. `RESOURCE_EXHAUSTED` and `UNAVAILABLE` count as `drop`, `grpc-retry-pushback-ms` closes the gate for the
 * service; the deadline of the request that is being served becomes that of the call, and the level goes along as
 * `x-level`. What the gate refuses ends with `UNAVAILABLE`, `RESOURCE_EXHAUSTED` or `DEADLINE_EXCEEDED` without being sent.
 *
 * @example
 * new Prices(address, credentials, { interceptors: [grpcClientGate(grpc, { gate: limit(20) })] })
 */
export function grpcClientGate(
  grpc: GrpcClientModule,
  options: ClientOptions,
): (options: any, nextCall: (options: any) => any) => any {
  const settings = clientSettings({ key: serviceOf, ...options })
  const { clock } = settings
  return (given: CallOptions, nextCall) => {
    const abort = new AbortController()
    const named = given.deadline === undefined ? Infinity : Number(given.deadline)
    const own = named === Infinity ? {} : { deadline: clock.now() + (named - clock.wall()) }
    const one = new OutboundCall(settings, given.method_definition.path, 1, { ...own, signal: abort.signal })
    const { deadline = Infinity } = one.ask
    const at = Math.min(deadline - clock.now(), settings.timeoutMs) + clock.wall()
    let isSent = false
    return new grpc.InterceptingCall(nextCall(at === Infinity ? given : { ...given, deadline: at }), {
      start: (metadata: GrpcMetadata, listener: Listener, next: (metadata: GrpcMetadata, listener: object) => void) => {
        const send = (): void => {
          isSent = true
          const level = one.headers()[levelHeader]
          if (level !== undefined) metadata.set(levelHeader, level)
          next(metadata, {
            onReceiveStatus: (status: GrpcStatus, done: (status: GrpcStatus) => void) => {
              one.hear(httpStatusOf(status.code), headersOf(status.metadata))
              one.release(outcomeOfCode(status.code))
              done(status)
            },
          })
        }
        const refuse = (error: unknown): void => {
          isSent = true
          listener.onReceiveStatus(statusOfRefusal(error, new grpc.Metadata() as GrpcMetadata))
        }
        const enter = (): void => {
          // The permit may have come in the very turn in which the call was cancelled.
          if (!abort.signal.aborted) return send()
          one.release('ignore')
          refuse(new ForebayError('FOREBAY_CANCELLED', 'the call was cancelled before it was sent'))
        }
        if (one.tryEnter()) return send()
        one.enter().then(enter, refuse)
      },
      cancel: (next: () => void) => {
        if (isSent) next()
        else abort.abort()
      },
    })
  }
}

/** `/shop.Prices/Get` is a method of the service `/shop.Prices`. */
function serviceOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}
