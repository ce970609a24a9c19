import type { Context } from '../../kernel/context.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { Port, Pull } from '../../kernel/receiver.ts'
import type { Meter } from '../../kernel/meter.ts'

/** The junction that an outlet belongs to. */
export interface OutletHost {
  /** The outlet's consumer wants items: hand over while `outlet.port.n > 0`. */
  serve(outlet: Outlet, port: Port): void
  outletClosed(outlet: Outlet, reason: unknown): void
}

/**
 * One output of a junction with several. It keeps the time in which its consumer wanted nothing, so that a
 * verdict can tell which of the branches holds the others back.
 */
export class Outlet implements Pull {
  port: Port | undefined
  isOpen = true
  emitted = 0
  /** How far this output has read. */
  cursor = 0
  /** The context handed on last. */
  handed: Context | undefined
  readonly #host: OutletHost
  readonly #meter: Meter
  #blockedMs = 0
  #blockedSince: number | undefined

  constructor(host: OutletHost, meter: Meter) {
    this.#host = host
    this.#meter = meter
    this.#blockedSince = meter.t
  }

  /** Items its consumer wants now. */
  get demand(): number {
    return this.port?.n ?? 0
  }

  bind(port: Port): void {
    if (this.port !== undefined) {
      throw new ForebayError('FOREBAY_UNSUPPORTED', 'a branch was used twice in one flow: broadcast it once more')
    }
    this.port = port
  }

  run(port: Port): void {
    if (this.#blockedSince !== undefined) {
      this.#blockedMs += this.#meter.now() - this.#blockedSince
      this.#blockedSince = undefined
    }
    this.#host.serve(this, port)
    if (port.n <= 0) this.#blockedSince = this.#meter.now()
  }

  /** Hands one item on; true when one more may follow at once. Only while the host serves it, and there is credit. */
  emit(port: Port, value: unknown, context: Context | undefined): boolean {
    this.emitted++
    this.handed = context
    port.step(value, context)
    return port.tick(1) && port.n > 0
  }

  cancel(reason: unknown): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.#host.outletClosed(this, reason)
  }

  /** Ends this output. */
  end(failure: { error: unknown } | undefined): void {
    if (!this.isOpen) return
    this.isOpen = false
    if (failure === undefined) this.port?.done()
    else this.port?.failed(failure.error)
  }

  pulled(): number {
    return this.emitted
  }

  current(): Context | undefined {
    return this.handed
  }

  blockedMs(): number {
    if (!this.isOpen) return this.#blockedMs
    const since = this.#blockedSince
    return this.#blockedMs + (since === undefined ? 0 : this.#meter.read() - since)
  }
}
