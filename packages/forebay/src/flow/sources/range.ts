import { checkInteger } from '../../kernel/check.ts'
import type { SourceNode } from '../../kernel/plan.ts'
import type { Port, Pull } from '../../kernel/receiver.ts'

/** The whole numbers from `first` to `last`, both included. */
export function rangeSource(first: number, last: number): SourceNode {
  checkInteger('range first', first, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  checkInteger('range last', last, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  return { type: 'source', name: 'range', create: () => new RangePull(first, last) }
}

class RangePull implements Pull {
  #next: number
  readonly #first: number
  readonly #last: number

  constructor(first: number, last: number) {
    this.#next = this.#first = first
    this.#last = last
  }

  bind(port: Port): void {
    if (this.#next > this.#last) port.done()
  }

  run(port: Port): void {
    const last = this.#last
    let left = port.left()
    let start = left
    let next = this.#next
    while (port.n > 0 && next <= last) {
      this.#next = next + 1
      port.step(next++, undefined)
      if (--left > 0) continue
      if (!port.tick(start)) {
        left = start
        break
      }
      start = left = port.left()
    }
    if (left < start) port.tick(start - left)
    if (next > last) port.done()
  }

  cancel(): void {}

  pulled(): number {
    return this.#next - this.#first
  }
}
