// Two ranges of 100,000 taken in step. RxJS holds all of the first one and then shifts it off an array, item by item.
const ITEMS = 100_000
const sum = (total, [a, b]) => total + a - b

export default {
  area: 'streams',
  name: 'zip of two ranges of 100,000',
  metric: 'ns of CPU a pair',
  items: ITEMS,
  warmups: 3,
  rounds: 9,
  turns: 3,
  expected: ITEMS,
  answer: (value) => value,
  contenders: {
    forebay: async () => {
      const { flow } = await import('forebay')
      return { run: () => flow.range(2, ITEMS + 1).zip(flow.range(1, ITEMS)).reduce(sum, 0) }
    },
    'RxJS 7': async () => {
      const { range, zip, reduce, lastValueFrom } = await import('rxjs')
      return {
        warmups: 1,
        rounds: 3,
        run: () => lastValueFrom(zip(range(2, ITEMS), range(1, ITEMS)).pipe(reduce(sum, 0))),
      }
    },
    'Effect 4': async () => {
      const { Effect, Stream } = await import('effect')
      return {
        run: () =>
          Effect.runPromise(
            Stream.runFold(Stream.zip(Stream.range(2, ITEMS + 1), Stream.range(1, ITEMS)), () => 0, sum),
          ),
      }
    },
  },
  goals: { 'RxJS 7': { goal: 250 }, 'Effect 4': { goal: 1 } },
}
