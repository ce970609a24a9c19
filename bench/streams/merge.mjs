// Two ranges of 500,000 into one flow. Effect hands on whole chunks, 4,096 numbers here, and is as fair as these allow;
// ours takes from its inputs in turn, up to `prefetch` items from each.
const PAIRS = 500_000
const sum = (total, n) => total + n

const merged = (prefetch) => async () => {
  const { flow } = await import('forebay')
  const { merge } = await import('forebay/operators')
  const [low, high] = [flow.range(1, PAIRS), flow.range(PAIRS + 1, 2 * PAIRS)]
  return { run: () => merge([low, high], { prefetch }).reduce(sum, 0) }
}

export default {
  area: 'streams',
  name: 'merge of 2',
  metric: 'ns of CPU a pair',
  items: PAIRS,
  warmups: 3,
  rounds: 9,
  turns: 3,
  expected: PAIRS * (2 * PAIRS + 1),
  answer: (value) => value,
  contenders: {
    'forebay, prefetch 4,096': merged(4096),
    'Effect 4': async () => {
      const { Effect, Stream } = await import('effect')
      return {
        run: () =>
          Effect.runPromise(
            Stream.runFold(
              Stream.merge(Stream.range(1, PAIRS), Stream.range(PAIRS + 1, 2 * PAIRS)),
              () => 0,
              sum,
            ),
          ),
      }
    },
    'RxJS 7 (the first, then the other)': async () => {
      const { range, merge, reduce, lastValueFrom } = await import('rxjs')
      return {
        run: () => lastValueFrom(merge(range(1, PAIRS), range(PAIRS + 1, PAIRS)).pipe(reduce(sum, 0))),
      }
    },
    'forebay, prefetch 64': merged(64),
    'forebay, prefetch 1': merged(1),
  },
  goals: {
    'Effect 4': { goal: 1 },
    'RxJS 7 (the first, then the other)': { goal: 1 },
    'forebay, prefetch 64': { goal: 0, about: 'shown' },
    'forebay, prefetch 1': { goal: 0, about: 'shown' },
  },
}
