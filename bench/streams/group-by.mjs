// 500,000 numbers parted into 100 groups, each of them counted.
const ITEMS = 500_000
const GROUPS = 100
const keyOf = (n) => n % GROUPS
const increment = (count) => count + 1
const sum = (total, count) => total + count

export default {
  area: 'streams',
  name: 'groupBy, 100 keys, a count of each',
  metric: 'ns of CPU an item',
  items: ITEMS,
  warmups: 3,
  rounds: 7,
  turns: 3,
  expected: { groups: GROUPS, items: ITEMS },
  answer: ({ counts, items }) => ({ groups: counts, items }),
  contenders: {
    forebay: async () => {
      const { flow } = await import('forebay')
      const { groupBy, reduce } = await import('forebay/operators')
      const counted = groupBy({ key: keyOf, groups: GROUPS }, (group) => group.via(reduce(increment, 0)))
      return {
        run: async () => {
          const counts = await flow.range(1, ITEMS).via(counted).toArray(GROUPS)
          return { counts: counts.length, items: counts.reduce(sum, 0) }
        },
      }
    },
    'RxJS 7': async () => {
      const { range, groupBy, mergeMap, reduce, toArray, lastValueFrom } = await import('rxjs')
      const counted = mergeMap((group) => group.pipe(reduce(increment, 0)))
      return {
        run: async () => {
          const counts = await lastValueFrom(range(1, ITEMS).pipe(groupBy(keyOf), counted, toArray()))
          return { counts: counts.length, items: counts.reduce(sum, 0) }
        },
      }
    },
    'Effect 4': async () => {
      const { Effect, Stream } = await import('effect')
      const counted = Stream.mapEffect(([, group]) => Stream.runFold(group, () => 0, increment), {
        concurrency: 'unbounded',
      })
      return {
        run: async () => {
          const grouped = Stream.groupByKey(Stream.range(1, ITEMS), keyOf)
          const counts = await Effect.runPromise(Stream.runCollect(counted(grouped)))
          return { counts: counts.length, items: counts.reduce(sum, 0) }
        },
      }
    },
  },
  goals: { 'RxJS 7': { goal: 5 }, 'Effect 4': { goal: 8 } },
}
