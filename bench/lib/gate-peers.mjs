// The peers of the gates, each made ready to do nothing behind a bulkhead, a breaker or a rate, as its own documentation shows it.
export const work = async () => 1

export const asyncSema = async (slots) => {
  const { Sema } = await import('async-sema')
  const sema = new Sema(slots)
  return async (fn) => {
    await sema.acquire()
    try {
      return await fn()
    } finally {
      sema.release()
    }
  }
}

export const cockatielBulkhead = async (slots, queue = 0) => {
  const { bulkhead } = await import('cockatiel')
  const policy = bulkhead(slots, queue)
  return (fn) => policy.execute(fn)
}

export const pLimit = async (slots) => {
  const { default: limit } = await import('p-limit')
  return limit(slots)
}

export const pQueue = async (concurrency) => {
  const { default: PQueue } = await import('p-queue')
  const queue = new PQueue({ concurrency })
  return (fn) => queue.add(fn)
}

export const mollitiaBulkhead = async (slots) => {
  const { Bulkhead, Circuit } = await import('mollitia')
  const bulkhead = new Bulkhead({ concurrentSize: slots, queueSize: 10_000 })
  const circuit = new Circuit({ options: { modules: [bulkhead] } })
  return (fn) => circuit.fn(fn).execute()
}

export const bottleneck = async (slots) => {
  const { default: Bottleneck } = await import('bottleneck')
  const limiter = new Bottleneck({ maxConcurrent: slots })
  return (fn) => limiter.schedule(fn)
}

/** `n` calls one after the other. */
export const serially = (call, n) => async () => {
  let sum = 0
  for (let i = 0; i < n; i++) sum += await call(work)
  return sum
}
