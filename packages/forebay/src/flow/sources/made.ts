import type { SourceNode } from '../../kernel/plan.ts'
import type { Port, Pull } from '../../kernel/receiver.ts'
import { Flow } from '../flow.ts'
import { withSite } from '../sites.ts'

/** Makes items one by one, for one run. */
export interface Maker<T> {
  /** The item that {@link next} made. */
  value: T | undefined
  /** Makes the next item; false when there is none. */
  next(): boolean
  /** The flow wants no more; not called after the last item, nor after an error. */
  close?(): void
}

/** A flow of items that are made on demand, in the same turn. */
export function made<T>(name: string, create: () => Maker<T>): Flow<T> {
  return new Flow<T>(withSite<SourceNode>({ type: 'source', name, create: () => new MakerPull(create()) }))
}

class MakerPull<T> implements Pull {
  readonly #maker: Maker<T>
  #pulled = 0
  #isOver = false

  constructor(maker: Maker<T>) {
    this.#maker = maker
  }

  run(port: Port): void {
    const maker = this.#maker
    let left = port.left()
    let start = left
    while (port.n > 0) {
      if (!this.#make(port)) return
      this.#pulled++
      port.step(maker.value, undefined)
      if (--left > 0) continue
      if (!port.tick(start)) return
      start = left = port.left()
    }
    if (left < start) port.tick(start - left)
  }

  cancel(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#maker.close?.()
  }

  pulled(): number {
    return this.#pulled
  }

  #make(port: Port): boolean {
    try {
      if (this.#maker.next()) return true
      this.#isOver = true
      port.done()
    } catch (error) {
      this.#isOver = true
      port.failed(error)
    }
    return false
  }
}
