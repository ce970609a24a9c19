import type { Clock } from '../../../kernel/clock.ts'
import { ForebayError } from '../../../kernel/errors.ts'

/** `answer`, or a rejection with `FOREBAY_UNAVAILABLE` when the store of `name` has not answered in `ms`. */
export function answerInTime<T>(answer: Promise<T>, ms: number, name: string, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = clock.after(ms, () => {
      const message = `${name}: the store did not answer within ${ms} ms`
      reject(new ForebayError('FOREBAY_UNAVAILABLE', message, { retryable: true }))
    })
    answer.then(resolve, reject).finally(stop)
  })
}

/** A store answered with more or fewer than it was asked: nobody can tell which answer is whose, so none counts. */
export function strayAnswers(name: string, asks: number, answers: number): ForebayError {
  return new ForebayError('FOREBAY_UNAVAILABLE', `${name}: the store gave ${answers} answers to ${asks} asks`)
}
