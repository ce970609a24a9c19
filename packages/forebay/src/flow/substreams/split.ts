import { checkFunction } from '../../kernel/check.ts'
import { settle, type Context } from '../../kernel/context.ts'
import type { Graft } from '../../kernel/plan.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { innerNode, type InnerFlow } from '../flatten/inner-flow.ts'
import { InnerFlows } from '../flatten/inner-flows.ts'
import type { Flow } from '../flow.ts'
import { junction } from '../junction.ts'
import { Substream, type SubstreamHost } from './substream.ts'

/** Items that a part may be ahead, within what its flow has asked for. */
const SLICE = 64

/**
 * Parts a flow in time: an item for which `predicate` holds begins a new part, and `body` is called with the flow of
 * each. Parts follow one another: the next begins when the flow of the one before has ended.
 *
 * Emits: when the flow of the part does. Backpressures: when the flow of the part does, and while an item that begins a
 * part waits for the end of the one before. Completes: when upstream has and the flow of the last part has ended.
 * Cancels: when downstream cancels; the flow of the part gets the reason. Loses: the rest of a part whose flow wants no
 * more, with the reason `part-closed`.
 *
 * @example
 * flow(lines).via(splitWhen((line) => line.startsWith('BEGIN'), (part) => part.via(toArray(1000))))
 */
export function splitWhen<T, U>(
  predicate: (value: T) => boolean,
  body: (part: Flow<T>) => Flow<U>,
  options: { name?: string } = {},
): (flow: Flow<T>) => Flow<U> {
  return split('splitWhen', predicate, body, options)
}

/**
 * Parts a flow in time: an item for which `predicate` holds is the last of its part, and `body` is called with the flow
 * of each. Parts follow one another: the next begins when the flow of the one before has ended.
 *
 * Emits: when the flow of the part does. Backpressures: when the flow of the part does, and between two parts until the
 * flow of the first has ended. Completes: when upstream has and the flow of the last part has ended. Cancels: when
 * downstream cancels; the flow of the part gets the reason. Loses: the rest of a part whose flow wants no more, with the
 * reason `part-closed`.
 *
 * @example
 * flow(lines).via(splitAfter((line) => line === 'END', (part) => part.via(toArray(1000))))
 */
export function splitAfter<T, U>(
  predicate: (value: T) => boolean,
  body: (part: Flow<T>) => Flow<U>,
  options: { name?: string } = {},
): (flow: Flow<T>) => Flow<U> {
  return split('splitAfter', predicate, body, options)
}

function split<T, U>(
  kind: 'splitWhen' | 'splitAfter',
  predicate: (value: T) => boolean,
  body: (part: Flow<T>) => Flow<U>,
  { name = kind }: { name?: string },
): (flow: Flow<T>) => Flow<U> {
  checkFunction('predicate', predicate)
  checkFunction('body', body)
  const settings: Settings = { predicate, body, isAfter: kind === 'splitAfter' }
  return junction<T, U>(
    kind,
    // One item waits, `SLICE` are in the part, and as many have come out of its flow.
    { cardinality: 'many', bound: 2 * SLICE + 1, inner: 1, name, loses: 'the rest of a part whose flow wants no more' },
    (env, stage, graft) => new Split(settings, graft, env, stage),
  )
}

interface Settings {
  readonly predicate: (value: any) => boolean
  readonly body: (part: Flow<any>) => unknown
  readonly isAfter: boolean
}

/** One part at a time; the item that begins the next one waits here. */
class Split extends InnerFlows implements SubstreamHost {
  readonly #settings: Settings
  #part: Substream | undefined
  #waiting: { readonly value: unknown; readonly context: Context | undefined } | undefined

  constructor(settings: Settings, graft: Graft, env: RunEnvironment, stage: StageAccount) {
    super({ ahead: SLICE, exact: true, graft }, env, stage)
    this.#settings = settings
  }

  protected take(value: unknown, context: Context | undefined): void {
    const { predicate, isAfter } = this.#settings
    const isCut = predicate(value)
    if (isCut && !isAfter) this.#endPart()
    if (this.#part !== undefined) this.#part.put(value, context)
    else if (this.inners.size > 0) this.#waiting = { value, context }
    else this.#begin(value, context)
    if (isCut && isAfter) this.#endPart()
  }

  protected room(): number {
    if (this.#waiting !== undefined) return 0
    const part = this.#part
    if (part?.isOpen === true) return part.demand
    return this.hasCredit() && (part !== undefined || this.inners.size === 0) ? 1 : 0
  }

  protected override held(): number {
    return super.held() + (this.#waiting === undefined ? 0 : 1)
  }

  protected override isDry(): boolean {
    return super.isDry() && this.#waiting === undefined
  }

  protected override flush(): void {
    this.#endPart()
  }

  protected override abandon(reason: 'cancelled' | 'failed', cause: unknown): void {
    super.abandon(reason, cause)
    this.#loseWaiting(reason)
  }

  /** The item that waited for this begins the next part, unless the flow has failed meanwhile. */
  protected override innerOver({ end }: InnerFlow): void {
    const waiting = this.#waiting
    if (waiting === undefined || this.isOver) return
    if (end?.failed === true) return this.#loseWaiting('failed')
    this.#waiting = undefined
    try {
      this.#begin(waiting.value, waiting.context)
      if (this.end !== undefined) this.#endPart()
    } catch (error) {
      this.stage.failed++
      settle(waiting.context, 'failed', error)
      this.failBehind(error)
    }
  }

  substreamChanged(): void {
    this.changed()
  }

  substreamClosed(): void {
    this.changed()
  }

  #begin(value: unknown, context: Context | undefined): void {
    const { name } = this.stage
    const part = new Substream(`${name} part`, SLICE, 'part-closed', this)
    const inner = this.start(innerNode(name, this.#settings.body(part.flow)), undefined)
    if (!part.isUsed) {
      const error = new TypeError(`${name}: expected a flow that is made of the part`)
      this.cut(inner, 'failed', error, true)
      throw error
    }
    this.#part = part
    part.put(value, context)
  }

  #endPart(): void {
    const part = this.#part
    this.#part = undefined
    part?.end(this.end?.failed === true ? { error: this.end.error } : undefined)
  }

  #loseWaiting(reason: string): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting !== undefined) this.lose(waiting.context, reason, 'returned')
  }
}
