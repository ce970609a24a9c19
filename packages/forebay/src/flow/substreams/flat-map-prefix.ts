import { checkFunction, checkInteger } from '../../kernel/check.ts'
import { joinContexts, settle, type Context } from '../../kernel/context.ts'
import type { Graft } from '../../kernel/plan.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { innerNode } from '../flatten/inner-flow.ts'
import { InnerFlows } from '../flatten/inner-flows.ts'
import type { Flow } from '../flow.ts'
import { junction } from '../junction.ts'
import { Substream, type SubstreamHost } from './substream.ts'

/** Items that the rest may be ahead, within what its reader has asked for. */
const SLICE = 64

/**
 * Looks at the first `n` items, fewer when there are no more, and goes on with the flow that `fn` makes of them and the
 * rest: a header that says how to read what follows. The records of the first items are over when that flow is.
 *
 * Emits: when that flow does. Backpressures: when downstream does. Completes: when that flow has ended. Cancels: when
 * downstream cancels, or when that flow has ended or wants no more of the rest. Loses: the first items when upstream
 * fails before there are `n`; items of the rest that are held when that flow wants no more, with the reason `rest-closed`.
 *
 * @example
 * flow(rows).via(flatMapPrefix(1, ([header], rest) => rest.map((row) => zip(header, row))))
 */
export function flatMapPrefix<T, U>(
  n: number,
  fn: (prefix: T[], rest: Flow<T>) => Flow<U>,
  options: { name?: string } = {},
): (flow: Flow<T>) => Flow<U> {
  checkInteger('n', n, 1, 65_536)
  checkFunction('flatMapPrefix', fn)
  const { name = 'flatMapPrefix' } = options
  return junction<T, U>(
    'flatMapPrefix',
    { cardinality: 'many', bound: n + 2 * SLICE, inner: 1, name },
    (env, stage, graft) => new Prefix(n, fn, graft, env, stage),
  )
}

class Prefix extends InnerFlows implements SubstreamHost {
  readonly #n: number
  readonly #fn: (prefix: any[], rest: Flow<any>) => unknown
  /** The first items, until they are complete. */
  #first: { readonly values: unknown[]; readonly contexts: (Context | undefined)[] } | undefined = {
    values: [],
    contexts: [],
  }
  readonly #rest: Substream

  constructor(
    n: number,
    fn: (prefix: any[], rest: Flow<any>) => unknown,
    graft: Graft,
    env: RunEnvironment,
    stage: StageAccount,
  ) {
    super({ ahead: SLICE, exact: true, graft }, env, stage)
    this.#n = n
    this.#fn = fn
    this.#rest = new Substream(`${stage.name} rest`, SLICE, 'rest-closed', this)
  }

  protected take(value: unknown, context: Context | undefined): void {
    const first = this.#first
    if (first === undefined) return this.#rest.put(value, context)
    if (first.values.length + 1 < this.#n) {
      first.values.push(value)
      first.contexts.push(context)
    } else this.#begin([...first.values, value], [...first.contexts, context])
  }

  protected room(): number {
    const first = this.#first
    if (first !== undefined) return this.hasCredit() ? this.#n - first.values.length : 0
    return this.#rest.isOpen ? this.#rest.demand : 0
  }

  protected override held(): number {
    return super.held() + (this.#first?.values.length ?? 0)
  }

  protected override flush(): void {
    const { end } = this
    if (end?.failed === true) this.#loseFirst('failed')
    if (this.#first !== undefined) this.#begin(this.#first.values, this.#first.contexts, true)
    this.#rest.end(end?.failed === true ? { error: end.error } : undefined)
  }

  protected override abandon(reason: 'cancelled' | 'failed', cause: unknown): void {
    super.abandon(reason, cause)
    this.#loseFirst(reason)
  }

  protected override innerOver(): void {
    this.endInput()
  }

  substreamChanged(): void {
    this.changed()
  }

  substreamClosed(): void {
    this.endInput()
    this.changed()
  }

  /** When it throws, the accounts of the first items end, but that of the item that is just being taken. */
  #begin(values: unknown[], contexts: (Context | undefined)[], isAll = false): void {
    this.#first = undefined
    try {
      this.start(innerNode(this.stage.name, this.#fn(values, this.#rest.flow)), joinContexts(contexts))
    } catch (error) {
      const others = isAll ? contexts : contexts.slice(0, -1)
      this.stage.failed += others.length
      for (const context of others) settle(context, 'failed', error)
      throw error
    }
    if (!this.#rest.isUsed) this.#rest.cancel(undefined)
  }

  #loseFirst(reason: string): void {
    const first = this.#first
    this.#first = undefined
    for (const context of first?.contexts ?? []) this.lose(context, reason, 'returned')
  }
}
