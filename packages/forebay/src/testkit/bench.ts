import type { Clock } from '../kernel/clock.ts'
import type { Random } from '../kernel/random.ts'

/** What a subject is given to stand in for the outside world: work, resources and time that a trial owns and watches. */
export interface Bench {
  readonly clock: Clock
  /**
   * Work on an item: sometimes a plain result, sometimes a promise that settles after a random virtual time.
   * With a signal the work is watched: when the flow is cancelled, work that is out must be told.
   */
  work<T>(value: T, signal?: AbortSignal): T | Promise<T>
  /** Work that fails after a random virtual time. */
  failing(error: unknown, signal?: AbortSignal): Promise<never>
  /** The items as an iterable that is watched: asked only with credit, closed once, not asked after its end. */
  iterable<T>(items: readonly T[]): Iterable<T>
  asyncIterable<T>(items: readonly T[]): AsyncIterable<T>
  /** Something that must be closed exactly once for every time it was opened. Returns the way to close it. */
  open(name: string): () => void
}

interface Task {
  readonly signal: AbortSignal | undefined
}

/** The bench of one trial. */
export class TrialBench implements Bench {
  readonly clock: Clock
  readonly errors: string[] = []
  /** Virtual timers that belong to work, not to the subject. */
  timers = 0
  /** Share of work that is done at once. */
  readonly #atOnce: number
  readonly #random: Random
  readonly #working = new Set<Task>()
  readonly #opened = new Map<string, { opened: number; closed: number }>()

  constructor(clock: Clock, random: Random, atOnce = 0.3) {
    this.clock = clock
    this.#atOnce = atOnce
    this.#random = random
  }

  /** Work that is out and was not told that nobody wants it any more. */
  get untold(): number {
    return [...this.#working].filter(({ signal }) => signal !== undefined && !signal.aborted).length
  }

  get working(): number {
    return this.#working.size
  }

  /** Resources that are open. */
  get isOpen(): string[] {
    return [...this.#opened].filter(([, { opened, closed }]) => opened !== closed).map(([name]) => name)
  }

  work<T>(value: T, signal?: AbortSignal): T | Promise<T> {
    const chance = this.#random.next()
    if (chance < this.#atOnce) return value
    return this.#later(chance < this.#atOnce + 0.2 ? 0 : Math.ceil(chance * 20), signal).then(() => value)
  }

  failing(error: unknown, signal?: AbortSignal): Promise<never> {
    return this.#later(Math.ceil(this.#random.next() * 10), signal).then(() => {
      throw error
    })
  }

  /** A timer of something that lives longer than the flow, such as a gate. */
  after(ms: number, callback: () => void): () => void {
    this.timers++
    let isOpen = true
    const over = (): void => {
      if (isOpen) this.timers--
      isOpen = false
    }
    const stop = this.clock.after(ms, () => {
      over()
      callback()
    })
    return () => {
      over()
      stop()
    }
  }

  open(name: string): () => void {
    const entry = this.#opened.get(name) ?? { opened: 0, closed: 0 }
    this.#opened.set(name, entry)
    entry.opened++
    return () => {
      entry.closed++
      if (entry.closed > entry.opened)
        this.errors.push(`${name} was closed ${entry.closed} times, opened ${entry.opened}`)
    }
  }

  iterable<T>(items: readonly T[]): Iterable<T> {
    return {
      [Symbol.iterator]: () => {
        let index = 0
        let isOver = false
        const close = this.open('iterable')
        const end = (): void => {
          isOver = true
          close()
        }
        return {
          next: () => {
            if (isOver) this.errors.push('the iterable was asked after its end')
            if (index < items.length) return { done: false, value: items[index++] as T }
            end()
            return { done: true, value: undefined }
          },
          return: () => {
            end()
            return { done: true, value: undefined }
          },
        }
      },
    }
  }

  asyncIterable<T>(items: readonly T[]): AsyncIterable<T> {
    return {
      [Symbol.asyncIterator]: () => {
        const iterator = this.iterable(items)[Symbol.iterator]()
        let owed = 0
        let isClosed = false
        return {
          next: async () => {
            if (owed++ > 0) this.errors.push('the async iterable was asked again before it had answered')
            await this.work(undefined)
            owed--
            if (isClosed) return { done: true, value: undefined }
            return iterator.next() as IteratorResult<T>
          },
          return: () => {
            isClosed = true
            return Promise.resolve(iterator.return?.() as IteratorResult<T>)
          },
        }
      },
    }
  }

  #later(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const task = { signal }
    this.#working.add(task)
    return new Promise((resolve) => {
      const over = (): void => {
        this.#working.delete(task)
        resolve()
      }
      if (ms === 0) {
        queueMicrotask(over)
        return
      }
      this.timers++
      this.clock.after(ms, () => {
        this.timers--
        over()
      })
    })
  }
}
