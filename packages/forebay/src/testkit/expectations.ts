import { ForebayError } from '../kernel/errors.ts'

interface Waiting {
  readonly what: string
  readonly isMet: () => boolean
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** What a test waits for. Bounded by the expectations that a test has open at once. */
export class Expectations {
  readonly #waiting = new Set<Waiting>()

  /** Resolves as soon as `isMet` holds; rejects when it cannot hold any more. */
  until(what: string, isMet: () => boolean): Promise<void> {
    if (isMet()) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiting.add({ what, isMet, resolve, reject }))
  }

  /** Resolves those that are met; false when there were none. */
  meet(): boolean {
    let any = false
    for (const waiting of this.#waiting) {
      if (!waiting.isMet()) continue
      this.#waiting.delete(waiting)
      waiting.resolve()
      any = true
    }
    return any
  }

  /** Nothing will happen any more: fails everything that still waits. False when nothing did. */
  fail({ code, message }: ForebayError): boolean {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const { what, reject } of waiting) reject(new ForebayError(code, `${what}: ${message}`))
    return waiting.length > 0
  }
}
