// An async function on every item, 16 at once, results in order, against 16 loops that share a counter (and keep no order).
const ITEMS = 100_000
const CONCURRENCY = 16
const work = async (n) => n
const sum = (total, n) => total + n

export default {
  area: 'streams',
  name: 'mapAsync, 16 at once',
  metric: 'ns/item',
  items: ITEMS,
  warmups: 10,
  rounds: 9,
  turns: 3,
  expected: (ITEMS * (ITEMS + 1)) / 2,
  answer: (value) => value,
  contenders: {
    forebay: async () => {
      const { flow } = await import('forebay')
      return {
        run: () => flow.range(1, ITEMS).mapAsync(work, { concurrency: CONCURRENCY }).reduce(sum, 0),
      }
    },
    '16 await loops': async () => ({
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
    }),
    'RxJS 7': async () => {
      const { range, mergeMap, reduce, lastValueFrom } = await import('rxjs')
      return {
        run: () => lastValueFrom(range(1, ITEMS).pipe(mergeMap(work, CONCURRENCY), reduce(sum, 0))),
      }
    },
    'Effect 4': async () => {
      const { Effect, Stream } = await import('effect')
      const effect = (n) => Effect.promise(() => work(n))
      return {
        run: () =>
          Effect.runPromise(
            Stream.runFold(
              Stream.mapEffect(Stream.range(1, ITEMS), effect, { concurrency: CONCURRENCY }),
              () => 0,
              sum,
            ),
          ),
      }
    },
  },
  goals: {
    '16 await loops': { goal: 1 / 1.2, about: '≤ 1.2x its time' },
    'RxJS 7': { goal: 75 },
    'Effect 4': { goal: 90 },
  },
}
