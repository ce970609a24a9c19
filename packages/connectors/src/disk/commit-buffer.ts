const BYTES = 512 * 1024

/**
 * Room for what one commit writes, used again by the next: a new buffer for every chunk makes V8 collect all of its heap
 * every few hundred chunks. A commit that needs more gets new buffers for the rest.
 */
export class CommitBuffer {
  #bytes: Buffer | undefined
  #used = 0

  /** The last commit is over: nobody reads what was allocated for it. */
  reset(): void {
    this.#used = 0
  }

  readonly allocate = (size: number): Buffer => {
    if (this.#used + size > BYTES) return Buffer.allocUnsafe(size)
    this.#bytes ??= Buffer.allocUnsafeSlow(BYTES)
    const start = this.#used
    this.#used += size
    return this.#bytes.subarray(start, this.#used)
  }
}
