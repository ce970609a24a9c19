import { Flow } from '../../flow/flow.ts'
import type { Context } from '../../kernel/context.ts'
import type { SourceNode } from '../../kernel/plan.ts'
import type { Port, Pull } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { NdjsonDoorOptions } from './door-options.ts'
import { doorSettings } from './door-options.ts'
import { NdjsonDoor } from './ndjson-door.ts'

/** Options of {@link receiveNdjson}; the run brings the clock and the chance. */
export interface ReceiveNdjsonOptions<T> extends Omit<NdjsonDoorOptions<T>, 'clock' | 'random'> {
  /** Told as soon as the door is open; the flow of the same run. */
  readonly onOpen?: (door: NdjsonDoor<T>) => void
}

/**
 * A flow of the records that clients post as newline-delimited JSON; see `ndjsonDoor` for what they are told.
 * A record is acknowledged when a durable edge has stored it, or when it has left through a sink.
 *
 * Emits: when a client has sent a line and downstream has credit. Backpressures: the clients, through TCP, when
 * downstream does; after `wait` with 429. Completes: when the run is drained, after every open request has its
 * answer. Cancels: open requests get 503 with the count that was accepted. Loses: nothing; what is not accepted
 * stays with the client.
 */
export function receiveNdjson<T>(options: ReceiveNdjsonOptions<T>): Flow<T> {
  doorSettings(options) // refuses bad options now, not when the flow runs
  const node: SourceNode = {
    type: 'source',
    name: `POST ${options.path ?? '/events'}`,
    create: (env) => new DoorPull(options, env),
  }
  return new Flow<T>(node)
}

/** Time in which work that was cancelled may still end well, and be acknowledged. */
const CANCEL_MS = 200

class DoorPull<T> implements Pull {
  readonly #door: NdjsonDoor<T>
  #port: Port | undefined
  #pulled = 0
  #current: Context | undefined
  #end: 'open' | 'closing' | 'closed' | 'over' = 'open'

  constructor(options: ReceiveNdjsonOptions<T>, { clock, random }: RunEnvironment) {
    this.#door = new NdjsonDoor(doorSettings({ ...options, clock, random }))
    this.#door.onRecord(() => this.#port?.wake())
    this.#door.listen().then(
      () => {
        if (this.#end === 'open') options.onOpen?.(this.#door)
      },
      (error: unknown) => this.#fail(error),
    )
  }

  bind(port: Port): void {
    this.#port = port
  }

  run(port: Port): void {
    if (this.#end === 'closed') {
      this.#end = 'over'
      port.done()
      return
    }
    let left = port.left()
    let start = left
    while (port.n > 0) {
      const record = this.#door.take()
      if (record === undefined) break
      this.#pulled++
      this.#current = { lease: record.lease }
      port.step(record.value, this.#current)
      if (--left > 0) continue
      if (!port.tick(start)) return
      start = left = port.left()
    }
    if (left < start) port.tick(start - left)
  }

  current(): Context | undefined {
    return this.#current
  }

  pulled(): number {
    return this.#pulled
  }

  /** The data ends when every open request has its answer, so that a drained run owes nobody one. */
  stop(): void {
    if (this.#end !== 'open') return
    this.#end = 'closing'
    const closed = (): void => {
      if (this.#end !== 'closing') return
      this.#end = 'closed'
      this.#port?.wake()
    }
    this.#door.close().then(closed, closed)
  }

  cancel(): void {
    if (this.#end === 'over') return
    this.#end = 'over'
    void this.#door.close({ within: CANCEL_MS })
  }

  #fail(error: unknown): void {
    if (this.#end !== 'open') return
    this.#end = 'over'
    this.#port?.failed(error)
  }
}
