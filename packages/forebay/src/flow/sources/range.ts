import { BurstPull } from '../../kernel/burst-pull.ts'
import { checkInteger } from '../../kernel/check.ts'
import type { SourceNode } from '../../kernel/plan.ts'
import type { Port, PullCode } from '../../kernel/receiver.ts'

/** The whole numbers from `first` to `last`, both included. */
export function rangeSource(first: number, last: number): SourceNode {
  checkInteger('range first', first, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  checkInteger('range last', last, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  return { type: 'source', name: 'range', create: () => new RangePull(first, last) }
}

class RangePull extends BurstPull {
  readonly #first: number
  readonly #last: number

  constructor(first: number, last: number) {
    super()
    this.at = this.#first = first
    this.#last = last
  }

  get code(): PullCode {
    return { more: 'at<=last', item: 'i', scope: { last: this.#last } }
  }

  protected burst(port: Port, left: number): void {
    let next = this.at
    const end = Math.min(next + left, this.#last + 1)
    while (next < end && port.n > 0) {
      this.at = next + 1
      port.step(next++, undefined)
    }
  }

  fill(into: { push(item: unknown): void }, items: number): number {
    const count = Math.min(items, this.#last + 1 - this.at)
    for (let i = 0; i < count; i++) into.push(this.at++)
    return count
  }

  protected dry(port: Port): void {
    if (this.at > this.#last) port.done()
  }

  override pulled(): number {
    return this.at - this.#first
  }
}
