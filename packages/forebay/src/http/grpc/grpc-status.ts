import { isForebayError } from '../../kernel/errors.ts'
import type { PermitOutcome } from '../../kernel/gate.ts'
import type { Shed } from '../../kernel/shed.ts'
import type { HeaderSource } from '../signals/header-source.ts'

/** What is used of `Metadata` of `@grpc/grpc-js`. */
export interface GrpcMetadata {
  get(name: string): unknown[]
  set(name: string, value: string): void
}

/** A status as `@grpc/grpc-js` has it. */
export interface GrpcStatus {
  code: number
  details: string
  metadata?: any
}

const cancelled = 1
const deadlineExceeded = 4
const resourceExhausted = 8
const unavailable = 14

/** Metadata as headers. */
export function headersOf(metadata: GrpcMetadata | undefined): HeaderSource {
  return {
    get: (name) => {
      const [value] = metadata?.get(name) ?? []
      return typeof value === 'string' ? value : undefined
    },
  }
}

/** `RESOURCE_EXHAUSTED` and `UNAVAILABLE` are gRPC's 429 and 503. */
export function httpStatusOf(code: number): number {
  return code === resourceExhausted ? 429 : code === unavailable ? 503 : 200
}

/** What a status says about the gate. Statuses that are about the request itself (not found, invalid) are `ok`. */
export function outcomeOfCode(code: number): PermitOutcome {
  if (code === resourceExhausted || code === unavailable) return 'drop'
  if (code === cancelled) return 'ignore'
  return code === 2 || code === deadlineExceeded || code === 13 || code === 15 ? 'fail' : 'ok'
}

/** The status of a call that was not let in. */
export function statusOfRefusal(error: unknown, metadata: GrpcMetadata): GrpcStatus {
  const details = error instanceof Error ? error.message : String(error)
  if (isForebayError(error, 'FOREBAY_CANCELLED')) return { code: cancelled, details, metadata }
  if (!isForebayError(error, 'FOREBAY_SHED')) return { code: 13, details, metadata }
  const { reason } = error as Shed
  const code = reason === 'deadline' ? deadlineExceeded : reason === 'rate' ? resourceExhausted : unavailable
  return { code, details, metadata }
}
