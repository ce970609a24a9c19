import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { readFlights } from './dataset.ts'
import { parentLink } from './parent-link.ts'
import { setTimeout as sleep } from 'node:timers/promises'

// The twin: the same flood into an unbounded array, in a worker with a capped heap, in a process of its own.
// It dies with ERR_WORKER_OUT_OF_MEMORY; this process stays to say so.
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

const worker = new Worker(new URL('./twin-worker.js', import.meta.url), {
  workerData: { sinkRate: Number(values['sink-rate']) },
  resourceLimits: { maxOldGenerationSizeMb: limitMb },
})
const tell = (state: TwinReport['state'], error?: string): void => {
  const heapMb = Math.round(last.heapMb * 10) / 10
  link.tell({ type: 'twin', state, heapMb, limitMb, held: last.held, ...(error !== undefined && { error }) })
}
worker.on('message', (report: typeof last) => {
  last = report
  tell('running')
})
let isDead = false
worker.on('error', (error: NodeJS.ErrnoException) => {
  isDead = true
  tell('dead', error.code ?? error.message)
})

const startedAt = performance.now()
let sent = 0
try {
  for await (const flights of readFlights({ batch: 200 })) {
    if (isDead) break
    worker.postMessage(flights)
    sent += flights.length
    const waitMs = startedAt + (sent * 1000) / rate - performance.now()
    if (waitMs > 1 || sent % 2000 === 0) await sleep(Math.max(0, waitMs), undefined, { signal: link.signal })
  }
} catch (error) {
  if (!link.signal.aborted) throw error
}
link.signal.addEventListener('abort', () => void worker.terminate(), { once: true })
if (link.signal.aborted) await worker.terminate()
