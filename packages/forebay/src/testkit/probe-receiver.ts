import type { Context } from '../kernel/context.ts'
import type { Sink } from '../kernel/plan.ts'
import type { TailCode, Upstream } from '../kernel/receiver.ts'
import type { StageAccount } from '../kernel/stage-account.ts'

/** What a sink probe has seen that no producer may do. */
export interface ProtocolError {
  readonly kind: 'credit' | 'terminal' | 'depth' | 'cancel'
  readonly message: string
}

/** A sink that is driven by a test. It asks for nothing by itself and writes down everything it is told. */
export class ProbeReceiver implements Sink {
  readonly received: unknown[] = []
  readonly contexts: (Context | undefined)[] = []
  readonly errors: ProtocolError[] = []
  receivedAfterCancel = 0
  /** Credit granted and neither spent nor taken back. */
  outstanding = 0
  /** Credit that is on its way to the producer. */
  inTransit = 0
  /** Carries each grant to the producer; default at once. */
  carry: ((arrive: () => void) => void) | undefined
  state: 'open' | 'completed' | 'failed' | 'cancelled' = 'open'
  error: unknown
  /** Runs inside the delivery of each item: where a test re-enters its producer. */
  inside: ((value: unknown, context: Context | undefined) => void) | undefined
  /** Told how the flow ended, unless it was cancelled here. */
  onEnd: ((state: 'completed' | 'failed') => void) | undefined
  /** Runs when everything is in place, before anything has moved. */
  onOpen: (() => void) | undefined
  /** Ends the account of each item at once; default true. */
  settles = true
  readonly result: Promise<unknown>
  readonly tail?: (port: { n: number }) => (value: unknown, context: Context | undefined) => void
  readonly tailCode?: (port: { n: number }) => TailCode
  /** What the generated tail has counted; a loop keeps it in a variable while it runs. */
  counted = 0
  readonly #stage: StageAccount
  #depth = 0
  #upstream: Upstream | undefined
  #end!: { resolve: (received: unknown[]) => void; reject: (error: unknown) => void }

  constructor(stage: StageAccount, options: { tail?: boolean } = {}) {
    this.#stage = stage
    this.result = new Promise((resolve, reject) => {
      this.#end = { resolve, reject }
    })
    if (options.tail !== true) return
    this.tail = (port) => (value, context) => {
      port.n--
      this.counted++
      this.next(value, context)
    }
    this.tailCode = (port) => ({
      body: 'port.n--;state++;receiver.next(v,c)',
      scope: { port, receiver: this },
      state: 'receiver.counted',
    })
  }

  attach(upstream: Upstream): void {
    this.#upstream = upstream
  }

  open(): void {
    this.onOpen?.()
  }

  request(items: number): void {
    if (this.state !== 'open') return
    if (this.carry === undefined) return this.#grant(items)
    this.inTransit++
    let isFirst = true
    this.carry(() => {
      if (isFirst) this.inTransit--
      isFirst = false
      if (this.state === 'open') this.#grant(items)
    })
  }

  #grant(items: number): void {
    this.outstanding += items
    this.#upstream?.request(items)
  }

  /** Takes back what is not spent; the producer says how much that is. */
  revoke(): number {
    const returned = this.#upstream?.revoke() ?? 0
    return returned
  }

  cancel(reason?: unknown): void {
    const first = this.state === 'open'
    if (first) this.state = 'cancelled'
    this.#upstream?.cancel(reason)
    if (first) this.#end.resolve(this.received)
  }

  next(value: unknown, context: Context | undefined): void {
    this.#stage.in++
    if (this.#depth > 0) this.#broken('depth', 'an item arrived while another one was being handled')
    if (this.state === 'cancelled') {
      this.receivedAfterCancel++
      this.#broken('cancel', 'an item arrived after cancel')
    } else if (this.state !== 'open') this.#broken('terminal', `an item arrived after the flow had ${this.state}`)
    if (--this.outstanding < 0) this.#broken('credit', 'an item arrived without credit')
    this.received.push(value)
    this.contexts.push(context)
    this.#depth++
    try {
      this.inside?.(value, context)
      if (this.settles) context?.lease?.settle('done')
    } finally {
      this.#depth--
    }
  }

  complete(): void {
    this.#ended('completed', undefined)
  }

  fail(error: unknown): void {
    this.#ended('failed', error)
  }

  #ended(state: 'completed' | 'failed', error: unknown): void {
    if (this.#depth > 0) this.#broken('depth', 'the end arrived while an item was being handled')
    if (this.state === 'cancelled') {
      // The run tells every sink when it is cancelled; one that has cancelled by itself knows already.
      if (state === 'completed') this.#broken('cancel', 'completion arrived after cancel')
      return
    }
    if (this.state !== 'open') {
      this.#broken('terminal', `a second end arrived: ${this.state}, then ${state}`)
      return
    }
    if (this.tail !== undefined && this.counted !== this.received.length) {
      this.#broken('credit', `the end arrived after ${this.counted} items were counted, not ${this.received.length}`)
    }
    this.state = state
    this.error = error
    this.onEnd?.(state)
    if (state === 'completed') this.#end.resolve(this.received)
    else this.#end.reject(error)
  }

  #broken(kind: ProtocolError['kind'], message: string): void {
    this.errors.push({ kind, message })
  }
}
