import { runInCall } from '../call/scope.ts'
import { deadlineHeader } from '../call/call-headers.ts'
import { Admission } from '../server/admission.ts'
import type { Passage } from '../server/passage.ts'
import type { ServerOptions } from '../server/server-options.ts'
import type { Shed } from '../../kernel/shed.ts'
import { isForebayError } from '../../kernel/errors.ts'
import type { GrpcMetadata, GrpcStatus } from './grpc-status.ts'
import { headersOf, outcomeOfCode, statusOfRefusal } from './grpc-status.ts'

/** What is used of the module `@grpc/grpc-js` by servers. */
export interface GrpcServerModule {
  readonly ServerInterceptingCall: new (nextCall: any, responder: any) => any
  readonly Metadata: new () => any
}

/** A call as the functions of {@link grpcServerGate} see it. */
export interface GrpcRequest {
  /** `/package.Service/Method` */
  readonly path: string
  readonly metadata: GrpcMetadata
  readonly peer: string
}

interface NextCall {
  getPeer(): string
  getDeadline(): number | { getTime(): number }
  sendStatus(status: GrpcStatus): void
}

/**
 * An interceptor for servers of `@grpc/grpc-js`: each call, streams too, asks the gate for a permit and holds it until its
 * status is sent or its client has gone. What is shed gets `RESOURCE_EXHAUSTED` for a rate, `DEADLINE_EXCEEDED` where it is
 * too late anyway, else `UNAVAILABLE`, with `grpc-retry-pushback-ms`. The deadline is gRPC's own, the level `x-level`; both
 * are inherited by what the handler calls.
 *
 * @example
 * new Server({ interceptors: [grpcServerGate(grpc, { gate: limit(50), key: ({ peer }) => peer })] })
 */
export function grpcServerGate(
  grpc: GrpcServerModule,
  options: ServerOptions<GrpcRequest>,
): (method: { readonly path: string }, call: any) => any {
  const admission = new Admission<GrpcRequest>(options)
  return (method, call: NextCall) => {
    let passage: Passage | undefined
    const inside = (work: () => void): void => {
      if (passage === undefined || !admission.inherits) work()
      else runInCall(passage.call, work)
    }
    return new grpc.ServerInterceptingCall(call, {
      start: (next: (listener: object) => void) =>
        next({
          onReceiveMetadata: (metadata: GrpcMetadata, done: (metadata: GrpcMetadata) => void) => {
            const refuse = (error: unknown): void => {
              if (passage?.isOver === true) return
              passage?.gone()
              call.sendStatus(refusalOf(error, new grpc.Metadata() as GrpcMetadata))
            }
            const go = (): void => inside(() => done(metadata))
            let entered: true | Promise<true>
            try {
              const request: GrpcRequest = { path: method.path, metadata, peer: call.getPeer() }
              if (admission.skips(request)) return done(metadata)
              passage = admission.passageFor(request, withDeadline(admission, call, metadata))
              entered = admission.enter(passage, request)
            } catch (error) {
              return refuse(error) // thrown in here it would end the process
            }
            if (entered === true) go()
            else entered.then(go, refuse)
          },
          onReceiveMessage: (message: unknown, done: (message: unknown) => void) => inside(() => done(message)),
          onReceiveHalfClose: (done: () => void) => inside(done),
          onCancel: () => passage?.gone(),
        }),
      sendStatus: (status: GrpcStatus, next: (status: GrpcStatus) => void) => {
        passage?.ended(outcomeOfCode(status.code))
        next(status)
      },
    })
  }
}

function refusalOf(error: unknown, metadata: GrpcMetadata): GrpcStatus {
  if (isForebayError(error, 'FOREBAY_SHED')) {
    metadata.set('grpc-retry-pushback-ms', String(Math.ceil((error as Shed).retryAfterMs)))
  }
  return statusOfRefusal(error, metadata)
}

/** gRPC has a deadline of its own, which the transport has turned into a time of this machine. */
function withDeadline(
  { settings: { clock } }: Admission<GrpcRequest>,
  call: NextCall,
  metadata: GrpcMetadata,
): { get(name: string): string | null | undefined } {
  const headers = headersOf(metadata) as { get(name: string): string | null | undefined }
  const left = Number(call.getDeadline()) - clock.wall()
  if (left === Infinity) return headers
  return { get: (name) => (name === deadlineHeader ? String(Math.max(0, Math.floor(left))) : headers.get(name)) }
}
