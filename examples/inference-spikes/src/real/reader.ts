import { firehose, type Emit, type Run } from 'forebay'
import { mapWorker } from 'forebay/workers'
import type { Answer, Question, Reading } from './model.ts'

/** How many texts could ever be here: nobody without a gate has a better idea. */
const NO_BOUND = 100_000

/** How texts go to the worker. */
export interface ReaderOptions {
  /** At most so many together. */
  readonly items: number
  /** How often it may have some: two, so that it need not wait for the next. */
  readonly window: number
}

interface Asked {
  readonly resolve: (reading: Reading) => void
  readonly reject: (error: unknown) => void
}

/**
 * The model in a worker of its own. Texts that come while it works go to it together, as many as are worth 4 ms of work:
 * nobody waits for a batch to become full.
 */
export class Reader {
  readonly run: Run
  #emit: Emit<Question> | undefined
  #asked = 0
  readonly #waiting = new Map<number, Asked>() // bounded by whoever asks

  constructor({ items, window }: ReaderOptions = { items: 32, window: 2 }) {
    this.run = firehose<Question>((emit) => void (this.#emit = emit))
      .named('texts')
      .buffer(NO_BOUND, 'fail')
      .via(
        mapWorker<Question, Answer>(new URL('./model.js', import.meta.url), {
          function: 'answer',
          workers: 1,
          items,
          window,
          order: 'completion',
          name: 'model',
        }),
      )
      .to(({ id, reading }) => {
        this.#waiting.get(id)?.resolve(reading)
        this.#waiting.delete(id)
      })
      .named('reader')
      .run()
    this.run.done.catch((error: unknown) => {
      for (const { reject } of this.#waiting.values()) reject(error)
      this.#waiting.clear()
    })
  }

  /** Texts that are here and not read yet. */
  get length(): number {
    return this.#waiting.size
  }

  read(text: string): Promise<Reading> {
    return new Promise((resolve, reject) => {
      const id = this.#asked++
      this.#waiting.set(id, { resolve, reject })
      this.#emit?.({ id, text })
    })
  }

  async close(): Promise<void> {
    this.#emit?.end()
    await this.run.done
  }
}
