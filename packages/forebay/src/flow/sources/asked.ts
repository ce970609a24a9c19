import type { SourceNode } from '../../kernel/plan.ts'
import type { Port, Pull } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import { Flow } from '../flow.ts'
import { isThenable, promised } from '../../kernel/is-thenable.ts'
import { withSite } from '../sites.ts'

/** Answers for one item at a time, for one run; the answers may be promises. */
export interface Asker<T> {
  /** The item that {@link take} has found in an answer. */
  value: T | undefined
  /** No answer after this one need be asked for. */
  isLast?: boolean
  ask(signal: AbortSignal): unknown
  /** Looks at an answer: false when there are no more items. */
  take(answer: any): boolean
  /** Called once at whichever end, when no answer is owed any more; the end waits for it. */
  close?(): unknown
}

/** A flow of items that are asked for one by one. An answer that is no promise is handed on in the same turn. */
export function asked<T>(name: string, create: () => Asker<T>): Flow<T> {
  return new Flow<T>(withSite<SourceNode>({ type: 'source', name, create: (env) => new AskerPull(create(), env) }))
}

/**
 * `asking`: an answer is owed. `holding`: it has come while there was no credit. `closing`: no more is asked. At most
 * one answer is owed or held at any time.
 */
class AskerPull<T> implements Pull {
  readonly #asker: Asker<T>
  readonly #env: RunEnvironment
  readonly #abort = new AbortController()
  #state: 'idle' | 'asking' | 'holding' | 'closing' = 'idle'
  /** Nothing more is asked for: the run drains, or was cancelled. */
  #wants: 'more' | 'rest' | 'nothing' = 'more'
  #pulled = 0
  #port: Port | undefined
  readonly #answered = (answer: unknown): void => {
    this.#state = 'idle'
    if (this.#wants === 'nothing') return this.#close()
    if (this.#isItem(answer)) this.#state = 'holding'
    this.#port?.wake()
  }
  readonly #refused = (error: unknown): void => {
    this.#state = 'idle'
    // Whoever is told that nothing more is wanted may well answer with an error.
    this.#close(this.#wants === 'more' ? { error } : undefined)
  }

  constructor(asker: Asker<T>, env: RunEnvironment) {
    this.#asker = asker
    this.#env = env
  }

  bind(port: Port): void {
    this.#port = port
  }

  run(port: Port): void {
    let left = port.left()
    let start = left
    while (port.n > 0 && (this.#state === 'holding' || this.#ask())) {
      this.#state = 'idle'
      this.#pulled++
      port.step(this.#asker.value, undefined)
      if (this.#asker.isLast === true) return this.#close()
      if (--left > 0) continue
      if (!port.tick(start)) return
      start = left = port.left()
    }
    if (left < start) port.tick(start - left)
    if (this.#wants === 'rest' && this.#state === 'idle') this.#close()
  }

  cancel(reason: unknown): void {
    this.#wants = 'nothing'
    this.#abort.abort(reason)
    if (this.#state === 'idle' || this.#state === 'holding') this.#close()
  }

  /** What is asked for already is handed on if it comes nevertheless. */
  stop(): void {
    if (this.#wants !== 'more') return
    this.#wants = 'rest'
    this.#abort.abort('drain')
    if (this.#state === 'idle') this.#close()
  }

  pulled(): number {
    return this.#pulled
  }

  /** True when an item is there. */
  #ask(): boolean {
    if (this.#state !== 'idle' || this.#wants !== 'more') return false
    try {
      const answer = this.#asker.ask(this.#abort.signal)
      if (!isThenable(answer)) return this.#isItem(answer)
      this.#state = 'asking'
      promised(answer).then(this.#answered, this.#refused)
    } catch (error) {
      this.#close({ error })
    }
    return false
  }

  #isItem(answer: unknown): boolean {
    try {
      if (this.#asker.take(answer)) return true
      this.#close()
    } catch (error) {
      this.#close({ error })
    }
    return false
  }

  #close(failure?: { error: unknown }): void {
    if (this.#state === 'closing') return
    this.#state = 'closing'
    const end = (second?: { error: unknown }): void => {
      const first = failure ?? second
      if (this.#wants !== 'nothing') {
        if (first === undefined) this.#port?.done()
        else this.#port?.failed(first.error)
      } else if (second !== undefined) this.#env.fail(second.error) // nobody else is left to tell
    }
    try {
      const closed = this.#asker.close?.()
      if (isThenable(closed)) {
        promised(closed).then(
          () => end(),
          (error: unknown) => end({ error }),
        )
      } else end()
    } catch (error) {
      end({ error })
    }
  }
}
