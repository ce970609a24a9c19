import { firehose, isForebayError, type Clock, type Emit, type Gate, type Run, type Shed } from 'forebay'
import type { Level } from 'forebay/gates'
import { refusedBy } from 'forebay/http'
import { Accelerator } from './accelerator.ts'

/** A question to the model. */
export interface Prompt {
  readonly tokens: number
  readonly level: Level
}

/** How a server runs its model. */
export interface ServerOptions {
  /** Requests in one run of the model, at most. */
  readonly batch: number
  /** Who comes in, and in which order; its unit are tokens. Default: everybody, as they come. */
  readonly gate?: Gate
  /** Whether the gate is told how important a request is; default false. */
  readonly levels?: boolean
}

interface Job extends Prompt {
  readonly resolve: () => void
}

/** How many requests a server without a gate could ever hold. */
const NO_BOUND = 100_000

/** An inference server: requests gather while the model runs, and the next run takes as many as it may. */
export class Server {
  /** The most requests that were in it at once. */
  mostHeld = 0
  readonly #accelerator: Accelerator
  readonly #gate: Gate | undefined
  readonly #levels: boolean
  readonly #run: Run
  #emit: Emit<Job> | undefined
  #held = 0

  constructor(clock: Clock, { batch, gate, levels = false }: ServerOptions) {
    this.#accelerator = new Accelerator(clock)
    this.#gate = gate
    this.#levels = levels
    this.#run = firehose<Job>((emit) => void (this.#emit = emit))
      .buffer(NO_BOUND, 'fail')
      .mapBatches((jobs) => this.#infer(jobs), { items: batch, within: 2, concurrency: 1 })
      .to(() => {})
      .run({ clock })
  }

  /** The status and headers of an answer. */
  async answer(prompt: Prompt): Promise<{ status: number; headers: Readonly<Record<string, string>> }> {
    this.mostHeld = Math.max(this.mostHeld, ++this.#held)
    try {
      const permit = await this.#gate?.acquire({ cost: prompt.tokens, ...(this.#levels && { level: prompt.level }) })
      await new Promise<void>((resolve) => this.#emit?.({ ...prompt, resolve }))
      permit?.release()
      return { status: 200, headers: {} }
    } catch (error) {
      if (!isForebayError(error, 'FOREBAY_SHED')) throw error
      return refusedBy(error as Shed)
    } finally {
      this.#held--
    }
  }

  async close(): Promise<void> {
    this.#emit?.end()
    await this.#run.done
  }

  async #infer(jobs: readonly Job[]): Promise<readonly Job[]> {
    await this.#accelerator.run(jobs.reduce((sum, { tokens }) => sum + tokens, 0))
    for (const { resolve } of jobs) resolve()
    return jobs
  }
}
