/** 100,000 numbers through a function, 16 at once, summed up: what all contenders of these cases do. */
export const ITEMS = 100_000
export const CONCURRENCY = 16
const sum = (total, n) => total + n

/** Ours. `options` of mapAsync; the concurrency is given. */
export const forebay = (work, options) => async () => {
  const { flow } = await import('forebay')
  return {
    run: () =>
      flow
        .range(1, ITEMS)
        .mapAsync(work, { concurrency: CONCURRENCY, ...options })
        .reduce(sum, 0),
  }
}

/** What one would write by hand: loops that share a counter. They keep no order, and bound nothing but themselves. */
const loops = (work) => async () => ({
  run: async () => {
    let next = 1
    let total = 0
    const loop = async () => {
      while (next <= ITEMS) {
        const n = await work(next++)
        total += n
      }
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, loop))
    return total
  },
})

const rxjs = (work) => async () => {
  const { range, mergeMap, reduce, lastValueFrom } = await import('rxjs')
  return {
    warmups: 2,
    rounds: 5,
    run: () => lastValueFrom(range(1, ITEMS).pipe(mergeMap(work, CONCURRENCY), reduce(sum, 0))),
  }
}

const effect = (isOrdered) => (work) => async () => {
  const { Effect, Stream } = await import('effect')
  const each = (n) => Effect.promise(() => work(n))
  const options = { concurrency: CONCURRENCY, unordered: !isOrdered }
  return {
    warmups: 2,
    rounds: 5,
    run: () =>
      Effect.runPromise(Stream.runFold(Stream.mapEffect(Stream.range(1, ITEMS), each, options), () => 0, sum)),
  }
}

const readable = (work) => async () => {
  const { Readable } = await import('node:stream')
  const numbers = function* (items) {
    for (let i = 1; i <= items; i++) yield i
  }
  const items = 30_000
  return {
    items,
    warmups: 3,
    rounds: 7,
    run: () => Readable.from(numbers(items)).map(work, { concurrency: CONCURRENCY }).reduce(sum, 0),
  }
}

const peers = {
  '16 await loops': loops,
  'RxJS 7, mergeMap': rxjs,
  'Effect 4': effect(true),
  'Effect 4, unordered': effect(false),
  'Readable.map': readable,
}

/** One case; `goals` names whom it is compared with. */
export const concurrentWork = ({ name, work, options, goals }) => ({
  area: 'streams',
  name,
  metric: 'ns of CPU an item',
  items: ITEMS,
  warmups: 10,
  rounds: 9,
  turns: 3,
  expected: (items) => (items * (items + 1)) / 2,
  answer: (value) => value,
  contenders: {
    forebay: forebay(work, options),
    ...Object.fromEntries(Object.keys(goals).map((peer) => [peer, peers[peer](work)])),
  },
  goals,
})
