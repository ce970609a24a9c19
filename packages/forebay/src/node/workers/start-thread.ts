import { Worker, type Transferable } from 'node:worker_threads'
import type { StartWorker } from '../../flow/workers/worker-port.ts'
import { inheritedFlags } from './inherited-flags.ts'
import type { FromWorker, WorkerSetup } from './messages.ts'
import { WorkerLink } from './worker-link.ts'

/** Workers that are threads of this process. */
export function threads(
  setup: Omit<WorkerSetup, 'seat'>,
  heapMb: number | undefined,
  movedOf: ((value: any) => readonly Transferable[]) | undefined,
): StartWorker {
  // A thread has the flags of its process by itself, also those that a file does not go with; few may be named here.
  const isNoFile = inheritedFlags(process.execArgv).length < process.execArgv.length
  return (events, seat) => {
    const worker = new Worker(new URL('./worker-main.js', import.meta.url), {
      name: `forebay ${seat}`,
      workerData: { ...setup, seat },
      ...(isNoFile && { execArgv: [] }),
      ...(heapMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: heapMb } }),
    })
    const link = new WorkerLink(
      events,
      {
        post: (message, moved) => worker.postMessage(message, moved),
        end: () => void worker.terminate(),
      },
      movedOf,
    )
    worker.on('message', (message: FromWorker) => link.heard(message))
    worker.on('messageerror', (error) => {
      link.failed(error)
      void worker.terminate()
    })
    worker.on('error', (error) => link.failed(error))
    worker.on('exit', (code) => link.gone(`its thread has ended with code ${code}`))
    return link
  }
}
