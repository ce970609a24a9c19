import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Where a client notes which ids it has seen acknowledged, for the witness: one range a line, `first-last`, both
 * included. A range is written before anything else happens, so a killed client has forgotten nothing it knew.
 */
export class AckLog {
  readonly #file: number

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true })
    this.#file = openSync(path, 'a')
  }

  add(first: number, last: number): void {
    writeSync(this.#file, `${first}-${last}\n`)
  }

  close(): void {
    closeSync(this.#file)
  }
}
