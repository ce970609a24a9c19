import type { Clock } from '../kernel/clock.ts'

const LINES = 30
const EVERY_MS = 60_000

/** Writes at most 30 lines a minute, and says at the end of the minute how many more there were. Control characters become spaces, so one event is one line. */
export class LineBudget {
  #written = 0
  #suppressed = 0
  #cancelTimer: (() => void) | undefined
  readonly #clock: Clock
  readonly #write: (line: string) => void

  constructor(clock: Clock, write: (line: string) => void) {
    this.#clock = clock
    this.#write = write
  }

  write(line: string): void {
    this.#cancelTimer ??= this.#clock.after(EVERY_MS, () => this.#next())
    if (this.#written >= LINES) {
      this.#suppressed++
      return
    }
    this.#written++
    // oxlint-disable-next-line no-control-regex -- they are what is taken out
    this.#write(line.replaceAll(/[\u0000-\u001F\u007F]+/g, ' '))
  }

  stop(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#report()
  }

  #next(): void {
    this.#cancelTimer = undefined
    this.#written = 0
    this.#report()
  }

  #report(): void {
    if (this.#suppressed > 0) this.#write(`alerts: ${this.#suppressed} more lines were left out`)
    this.#suppressed = 0
  }
}
