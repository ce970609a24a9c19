import type { Gate, Permit } from '../../kernel/gate.ts'
import { isThenable } from '../../kernel/is-thenable.ts'
import type { AdmitOptions } from './admit.ts'
import { AdmittedCall, PlainCall } from './call.ts'
import type { Work } from './call.ts'
import type { Ended } from './classify.ts'

/**
 * Does the work once behind `gate`, for a caller that waits however long it takes. Where the permit is free this is no
 * asynchronous function: one promise on the work's own costs less.
 */
export function attempt<T>(gate: Gate, work: Work<T>, options?: AdmitOptions<T>): Promise<T> {
  try {
    const granted = gate.acquire(options)
    return isThenable(granted) ? attemptLater(granted, work, options) : start(granted, work, options)
  } catch (error) {
    return Promise.reject(error)
  }
}

async function attemptLater<T>(
  granted: PromiseLike<Permit>,
  work: Work<T>,
  options: AdmitOptions<T> | undefined,
): Promise<T> {
  return await start(await granted, work, options) // to return the promise itself would take two turns more
}

function start<T>(permit: Permit, work: Work<T>, options: AdmitOptions<T> | undefined): Promise<T> {
  const call = new PlainCall()
  call.permit = permit
  let result: T | PromiseLike<T>
  try {
    result = work(call)
  } catch (error) {
    result = Promise.reject(error)
  }
  return Promise.resolve(result).then(
    (value) => {
      if (options?.classify === undefined) permit.release('ok')
      else judge(permit, options, { ok: true, value })
      return value
    },
    (error: unknown) => {
      judge(permit, options, { ok: false, error })
      throw error
    },
  )
}

function judge<T>(permit: Permit, options: AdmitOptions<T> | undefined, ended: Ended<T>): void {
  const call = new AdmittedCall(1)
  call.permit = permit
  call.release(options?.classify, ended)
}
