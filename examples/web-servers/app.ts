import { Readable } from 'node:stream'
import { currentCall } from 'forebay/http'

/** What every server here does, whatever it is built with. */
export interface App {
  /** Answers `/work`. */
  work(): Promise<string>
  /** How often it was called. */
  readonly calls: number
}

/** An app whose work waits until it is told to go on. */
export class HeldApp implements App {
  calls = 0
  running = 0
  most = 0
  #waiting: (() => void)[] = [] // bounded by the gate in front

  work(): Promise<string> {
    this.calls++
    this.most = Math.max(this.most, ++this.running)
    return new Promise((resolve) => {
      this.#waiting.push(() => {
        this.running--
        resolve('done')
      })
    })
  }

  /** Lets all work end that runs now. */
  go(): void {
    for (const end of this.#waiting.splice(0)) end()
  }
}

/** What `/scope` answers: which call the code belongs to, looked up after the body was read and a turn later. */
export async function scope(): Promise<{ level: number | undefined; leftMs: number | undefined }> {
  await new Promise((resolve) => setTimeout(resolve, 1))
  const call = currentCall()
  return { level: call?.level, leftMs: call === undefined ? undefined : Math.round(call.deadline - call.clock.now()) }
}

/** More bytes than sockets take without a reader: 64 MB, made as they are read. */
export function bytes(): Readable {
  let left = 1024
  const chunk = Buffer.alloc(65_536)
  return new Readable({
    read() {
      this.push(left-- > 0 ? chunk : null)
    },
  })
}
