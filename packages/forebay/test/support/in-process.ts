import type { StartWorker } from '../../src/flow/workers/worker-port.ts'

/** Workers that are none: they answer from this thread, through `work`, one item after the other. */
export function inProcess(
  work: (value: any, signal: AbortSignal) => unknown,
  { dies }: { dies?: (value: any, worker: number) => boolean } = {},
): StartWorker {
  let workers = 0
  return (events) => {
    const worker = ++workers
    const controller = new AbortController()
    let last: Promise<void> = Promise.resolve()
    let isOver = false
    const end = (error: unknown): void => {
      if (isOver) return
      isOver = true
      controller.abort(error)
      events.gone(error)
    }
    const one = async (value: unknown, at: number, results: unknown[], errors: [number, unknown][]): Promise<void> => {
      if (isOver) return
      if (dies?.(value, worker) === true) return end(new Error(`worker ${worker} has died`))
      try {
        const result = work(value, controller.signal)
        results[at] = result instanceof Promise ? await result : result
      } catch (error) {
        errors.push([at, error])
      }
    }
    events.ready()
    return {
      send: (parcel, values) => {
        last = last.then(async () => {
          const results: unknown[] = []
          const errors: [number, unknown][] = []
          for (const [at, value] of values.entries()) await one(value, at, results, errors)
          if (!isOver) events.answered(parcel, { results, errors, ms: 1 })
        })
      },
      ping: () => events.heard(),
      stop: () => end(undefined),
      kill: () => end(new Error('killed')),
    }
  }
}
