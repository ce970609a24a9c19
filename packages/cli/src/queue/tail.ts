import type { Queue, QueueStats } from 'forebay/queue'
import { messageJson, messageLines } from './show-message.ts'

/** Dead letters that are looked at each time. */
const LOOK = 1000

export interface TailOptions {
  readonly everyMs: number
  /** Ends after this; `Infinity` for never. */
  readonly forMs: number
  readonly json: boolean
  readonly write: (text: string) => void
  readonly signal: AbortSignal
}

/** A line about the queue now and then, and each new dead letter with its reason, until the time is over or the signal says so. */
export async function tail(queue: Queue<Uint8Array>, options: TailOptions): Promise<void> {
  const { everyMs, forMs, json, write, signal } = options
  const end = Date.now() + forMs
  let known = new Set((await queue.peek(LOOK, 'dead')).map(deathOf))
  for (;;) {
    const stats = await queue.measure()
    write(json ? `${JSON.stringify({ at: Date.now(), ...depthOf(stats) })}\n` : `${line(stats)}\n`)
    const letters = await queue.peek(LOOK, 'dead')
    for (const letter of letters) {
      if (known.has(deathOf(letter))) continue
      write(
        json
          ? `${JSON.stringify({ dead: messageJson(letter) })}\n`
          : `${messageLines(letter, Date.now()).join('\n')}\n`,
      )
    }
    known = new Set(letters.map(deathOf))
    if (Date.now() + everyMs > end || !(await slept(everyMs, signal))) return
  }
}

/** A letter that was put back and died again is news. */
function deathOf({ id, history }: { id: string; history: readonly { at: number }[] }): string {
  return `${history.at(-1)?.at ?? 0} ${id}`
}

function depthOf({ ready, leased, delayed, dead, bytes, oldestMs }: QueueStats): object {
  return { ready, leased, delayed, dead, bytes, oldestMs }
}

function line({ ready, leased, delayed, dead, oldestMs }: QueueStats): string {
  const time = new Date().toTimeString().slice(0, 8)
  return `${time}  ready ${ready}  leased ${leased}  delayed ${delayed}  dead ${dead}  oldest ${(oldestMs / 1000).toFixed(1)} s`
}

function slept(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false)
  return new Promise((resolve) => {
    const stop = (): void => {
      clearTimeout(timer)
      resolve(false)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve(true)
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })
}
