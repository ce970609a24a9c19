import { RingBuffer } from '../../kernel/ring-buffer.ts'
import { WriteLine } from './write-line.ts'

/** What `hub.inspect()` says of one producer. */
export interface ProducerState {
  readonly name: string
  /** Items taken over from it, and those of them that wait to be handed on. */
  readonly in: number
  readonly held: number
  /** Writes that wait for a place. */
  readonly waiting: number
}

/** One run that feeds a merge hub: what the hub holds of it, and what waits for a place. */
export class MergeProducer<T> {
  readonly name: string
  readonly held: RingBuffer<T>
  readonly line: WriteLine<T>
  taken = 0

  constructor(name: string, items: number, onRefused: (producer: MergeProducer<T>) => void) {
    this.name = name
    this.held = new RingBuffer<T>(items)
    this.line = new WriteLine<T>(() => onRefused(this))
  }

  inspect(): ProducerState {
    return { name: this.name, in: this.taken, held: this.held.length, waiting: this.line.length }
  }
}
