import type { Clock } from 'forebay'

/** Every run of the model costs this, whatever is in it: its weights are read once. */
const RUN_MS = 20
const MS_PER_TOKEN = 0.05

/** What runs the model, one batch at a time: 20 ms for the run and 0.05 ms for each token in it. Many requests in one run are cheap. */
export class Accelerator {
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  run(tokens: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(RUN_MS + MS_PER_TOKEN * tokens, resolve))
  }
}
