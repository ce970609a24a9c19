import { isMainThread, parentPort, workerData, type Transferable } from 'node:worker_threads'
import { ItemRunner } from './item-runner.ts'
import { loadFunction } from './load-function.ts'
import type { FromWorker, ToWorker, WorkerSetup } from './messages.ts'
import { packError } from './packed-error.ts'

// What runs in each thread or process of `mapWorker`: not imported, but started.

type Post = (message: FromWorker, moved: readonly Transferable[]) => void

if (isMainThread) {
  // The parent has gone without a word: nobody is left to work for.
  process.on('disconnect', () => process.exit())
  process.once('message', (setup) => {
    begin(
      setup as WorkerSetup,
      (message) => void process.send?.(message),
      (listener) => process.on('message', listener),
    )
  })
} else {
  const port = parentPort as NonNullable<typeof parentPort>
  begin(
    workerData as WorkerSetup,
    (message, moved) => port.postMessage(message, moved),
    (listener) => port.on('message', listener),
  )
}

function begin(setup: WorkerSetup, post: Post, listen: (listener: (message: any) => void) => void): void {
  let runner: ItemRunner | undefined
  listen((message: ToWorker) => {
    if (message === 'ping') post('pong', [])
    else if (message === 'stop') {
      runner?.abort(new Error('the flow has ended'))
      // What the signals have woken has its turn, and what it writes goes out.
      setImmediate(() => process.exit())
    } else runner?.take(...message)
  })
  loadFunction(setup.module, setup.function).then(
    (fn) => {
      runner = new ItemRunner(fn, setup, post)
      post('ready', [])
    },
    (error: unknown) => post({ cannotStart: packError(error) }, []),
  )
}
