import { systemClock } from '../../kernel/clock.ts'
import type { Gate, Permit } from '../../kernel/gate.ts'
import { isThenable } from '../../kernel/is-thenable.ts'
import { Admission } from './admission.ts'
import type { AdmitOptions } from './admit.ts'
import { AdmittedCall } from './call.ts'
import type { Work } from './call.ts'

/**
 * Does the work once behind `gate`, for a caller that waits however long it takes. Where the permit is free this is no
 * asynchronous function: one promise on the work's own costs less.
 */
export function attempt<T>(gate: Gate, work: Work<T>, options?: AdmitOptions<T>): Promise<T> {
  let granted: Permit | Promise<Permit>
  try {
    granted = gate.acquire(options)
  } catch (error) {
    return Promise.reject(error)
  }
  if (isThenable(granted)) return new Admission(gate, work, options ?? {}, systemClock).begin(granted)
  const classify = options?.classify
  const call = new AdmittedCall(1)
  call.permit = granted
  let result: T | PromiseLike<T>
  try {
    result = work(call)
  } catch (error) {
    result = Promise.reject(error)
  }
  return Promise.resolve(result).then(
    (value) => {
      if (classify === undefined) call.permit?.release('ok')
      else call.release(classify, { ok: true, value })
      return value
    },
    (error: unknown) => {
      call.release(classify, { ok: false, error })
      throw error
    },
  )
}
