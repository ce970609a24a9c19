import type { Transferable } from 'node:worker_threads'
import type { WorkerEvents, WorkerPort } from '../../flow/workers/worker-port.ts'
import type { FromWorker, ToWorker } from './messages.ts'
import { unpackError } from './packed-error.ts'

/** How a thread or a process is reached. */
export interface WorkerLine {
  post(message: ToWorker, moved: readonly Transferable[]): void
  /** Ends it, whatever it does. */
  end(): void
}

/** How long a worker that was told to stop may take before it is ended. */
const STOP_MS = 1000

/** A worker behind its line: what it says becomes events, in order, the last of which is that it is gone. */
export class WorkerLink implements WorkerPort {
  readonly #events: WorkerEvents
  readonly #line: WorkerLine
  readonly #movedOf: ((value: any) => readonly Transferable[]) | undefined
  #stopping: ReturnType<typeof setTimeout> | undefined
  #ending: unknown
  #isGone = false

  constructor(events: WorkerEvents, line: WorkerLine, movedOf: ((value: any) => readonly Transferable[]) | undefined) {
    this.#events = events
    this.#line = line
    this.#movedOf = movedOf
  }

  send(parcel: number, values: readonly unknown[]): void {
    const moved = this.#movedOf
    this.#line.post([parcel, values], moved === undefined ? [] : values.flatMap((value) => moved(value)))
  }

  ping(): void {
    this.#line.post('ping', [])
  }

  stop(): void {
    this.#stopping ??= setTimeout(() => this.#line.end(), STOP_MS)
    this.#line.post('stop', [])
  }

  kill(): void {
    this.#line.end()
  }

  heard(message: FromWorker): void {
    if (this.#isGone) return
    if (message === 'ready') this.#events.ready()
    else if (message === 'pong') this.#events.heard()
    else if ('cannotStart' in message) {
      this.#ending = unpackError(message.cannotStart)
      this.#line.end()
    } else {
      const [parcel, results, ms, errors, isSpent] = message
      this.#events.answered(parcel, {
        results,
        ms,
        isSpent,
        errors: errors === undefined ? [] : errors.map(([at, error]) => [at, unpackError(error)] as const),
      })
    }
  }

  /** It has said why it is about to end. */
  failed(error: unknown): void {
    this.#ending ??= error
  }

  gone(how: string): void {
    if (this.#isGone) return
    this.#isGone = true
    clearTimeout(this.#stopping)
    this.#events.gone(this.#ending ?? new Error(how))
  }
}
