import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { readFlights } from './dataset.ts'
import type { Flight } from './flight.ts'
import { parentLink } from './parent-link.ts'
import { setTimeout as sleep } from 'node:timers/promises'

// The twin: the same flood into an unbounded array, in a process with a capped heap. It runs out of memory, which aborts
// a process (a worker thread with such a cap may take its process along); this one stays to say so.
// node dist/twin.js [--limit-mb 64] [--rate 25000] [--sink-rate 2500]

/** One line of the twin's story. */
export interface TwinReport {
  readonly type: 'twin'
  readonly state: 'running' | 'dead'
  readonly heapMb: number
  readonly limitMb: number
  readonly held: number
  readonly error?: string
}

const { values } = parseArgs({
  options: {
    'limit-mb': { type: 'string', default: '64' },
    rate: { type: 'string', default: '25000' },
    'sink-rate': { type: 'string', default: '2500' },
  },
})
const limitMb = Number(values['limit-mb'])
const rate = Number(values.rate)
const link = parentLink()
let last = { held: 0, heapMb: 0 }

const twin = fork(fileURLToPath(new URL('./twin-program.js', import.meta.url)), [values['sink-rate']], {
  execArgv: [`--max-old-space-size=${limitMb}`],
  serialization: 'advanced',
  stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
})
const tell = (state: TwinReport['state'], error?: string): void => {
  const heapMb = Math.round(last.heapMb * 10) / 10
  link.tell({ type: 'twin', state, heapMb, limitMb, held: last.held, ...(error !== undefined && { error }) })
}
twin.on('message', (report) => {
  last = report as typeof last
  tell('running')
})
let isDead = false
twin.on('exit', (code, signal) => {
  isDead = true
  if (!link.signal.aborted)
    tell('dead', signal === 'SIGABRT' ? 'JavaScript heap out of memory' : `it ended with ${signal ?? code}`)
})

const startedAt = performance.now()
let sent = 0
try {
  for await (const flights of readFlights({ batch: 200 })) {
    if (isDead) break
    await new Promise((resolve) => twin.send(flights as Flight[], resolve))
    sent += flights.length
    const waitMs = startedAt + (sent * 1000) / rate - performance.now()
    if (waitMs > 1 || sent % 2000 === 0) await sleep(Math.max(0, waitMs), undefined, { signal: link.signal })
  }
} catch (error) {
  if (!link.signal.aborted) throw error
}
link.signal.addEventListener('abort', () => void twin.kill(), { once: true })
if (link.signal.aborted) twin.kill()
