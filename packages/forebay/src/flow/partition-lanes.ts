import { KeyLanes } from './key-lanes.ts'

/** The items of one key: how many have started, and those that wait. */
interface Lane<J> {
  started: number
  readonly waiting: J[]
}

/** Like its base, with `perKey` items of a key that may have started at once. */
export class PartitionLanes<J> extends KeyLanes<J> {
  readonly #lanes = new Map<unknown, Lane<J>>()
  readonly #perKey: number

  constructor(capacity: number, perKey: number) {
    super(capacity)
    this.#perKey = perKey
  }

  override enter(key: unknown, job: J): void {
    const lane = this.#lanes.get(key)
    if (lane === undefined) this.#lanes.set(key, { started: 1, waiting: [] })
    else if (lane.started < this.#perKey) lane.started++
    else {
      lane.waiting.push(job)
      return
    }
    this.startable.push(job)
  }

  override leave(key: unknown): void {
    const lane = this.#lanes.get(key)
    if (lane === undefined) return
    const next = lane.waiting.shift()
    if (next !== undefined) this.startable.push(next)
    else if (--lane.started === 0) this.#lanes.delete(key)
  }

  override clear(): void {
    super.clear()
    this.#lanes.clear()
  }
}
