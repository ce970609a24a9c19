// Three items for each: arrays out of a function, against the flattening operators of the peers.
const ITEMS = 300_000
const thrice = (n) => [n, n + 1, n + 2]
const sum = (total, n) => total + n

export default {
  area: 'streams',
  name: 'flatMap to arrays of 3',
  metric: 'ns of CPU an item of the source',
  items: ITEMS,
  warmups: 3,
  rounds: 9,
  turns: 3,
  expected: (items) => 3 * ((items * (items + 1)) / 2) + 3 * items,
  answer: (value) => value,
  contenders: {
    forebay: async () => {
      const { flow } = await import('forebay')
      return { run: () => flow.range(1, ITEMS).flatMap(thrice).reduce(sum, 0) }
    },
    'RxJS 7, concatMap': async () => {
      const { range, concatMap, reduce, lastValueFrom } = await import('rxjs')
      return { run: () => lastValueFrom(range(1, ITEMS).pipe(concatMap(thrice), reduce(sum, 0))) }
    },
    'Effect 4': async () => {
      const { Effect, Stream } = await import('effect')
      const inner = (n) => Stream.fromIterable(thrice(n))
      return {
        items: 100_000,
        run: () =>
          Effect.runPromise(Stream.runFold(Stream.flatMap(Stream.range(1, 100_000), inner), () => 0, sum)),
      }
    },
  },
  goals: { 'RxJS 7, concatMap': { goal: 6 }, 'Effect 4': { goal: 30 } },
}
