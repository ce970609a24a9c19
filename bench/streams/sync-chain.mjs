// range → map → filter → map → fold, in a process that has used the same library for other things before.
import { pollute } from '../lib/pollution.mjs'

const ITEMS = 2_000_000
const add = (n) => n + 1
const odd = (n) => n % 2 === 1
const triple = (n) => n * 3
const sum = (total, n) => total + n

let expected = 0
for (let i = 1; i <= ITEMS; i++) if (odd(add(i))) expected += triple(add(i))

export default {
  area: 'streams',
  name: 'sync chain, polluted',
  metric: 'ns/item',
  items: ITEMS,
  warmups: 3,
  rounds: 7,
  turns: 3,
  expected,
  answer: (value) => value,
  contenders: {
    forebay: async () => {
      const { flow } = await import('forebay')
      return {
        pollute: () => pollute((items, f, g, h, fold) => flow(items).map(f).filter(g).map(h).reduce(fold, 0)),
        run: () => flow.range(1, ITEMS).map(add).filter(odd).map(triple).reduce(sum, 0),
      }
    },
    'RxJS 7': async () => {
      const { from, range, map, filter, reduce, lastValueFrom } = await import('rxjs')
      return {
        pollute: () =>
          pollute((items, f, g, h, fold) =>
            lastValueFrom(from(items).pipe(map(f), filter(g), map(h), reduce(fold, 0))),
          ),
        run: () => lastValueFrom(range(1, ITEMS).pipe(map(add), filter(odd), map(triple), reduce(sum, 0))),
      }
    },
    'Effect 4': async () => {
      const { Effect, Stream } = await import('effect')
      const run = (stream, f, g, h, fold) =>
        Effect.runPromise(Stream.runFold(Stream.map(Stream.filter(Stream.map(stream, f), g), h), () => 0, fold))
      return {
        pollute: () => pollute((items, f, g, h, fold) => run(Stream.fromIterable(items), f, g, h, fold)),
        run: () => run(Stream.range(1, ITEMS), add, odd, triple, sum),
      }
    },
    '@most/core': async () => {
      const { map, filter, runEffects, tap } = await import('@most/core')
      const { newDefaultScheduler } = await import('@most/scheduler')
      const source = (each) => ({
        run: (sink) => {
          let stopped = false
          Promise.resolve().then(() => {
            each((value) => {
              if (!stopped) sink.event(0, value)
            })
            sink.end(0)
          })
          return {
            dispose: () => {
              stopped = true
            },
          }
        },
      })
      const run = async (each, f, g, h, fold) => {
        let state = 0
        await runEffects(
          tap(
            (value) => {
              state = fold(state, value)
            },
            map(h, filter(g, map(f, source(each)))),
          ),
          newDefaultScheduler(),
        )
        return state
      }
      return {
        pollute: () =>
          pollute((items, f, g, h, fold) =>
            run(
              (emit) => {
                for (const item of items) emit(item)
              },
              f,
              g,
              h,
              fold,
            ),
          ),
        run: () =>
          run(
            (emit) => {
              for (let i = 1; i <= ITEMS; i++) emit(i)
            },
            add,
            odd,
            triple,
            sum,
          ),
      }
    },
    'for loop': async () => {
      // One loop for everything, as a helper of a real program would be: its call sites have seen many functions.
      const run = (count, get, f, g, h, fold) => {
        let state = 0
        for (let i = 0; i < count; i++) {
          const v = f(get(i))
          if (g(v)) state = fold(state, h(v))
        }
        return state
      }
      const next = (i) => i + 1
      return {
        pollute: () => pollute((items, f, g, h, fold) => run(items.length, (i) => items[i], f, g, h, fold)),
        run: () => run(ITEMS, next, add, odd, triple, sum),
      }
    },
  },
  goals: {
    'RxJS 7': { goal: 5 },
    'Effect 4': { goal: 4 },
    '@most/core': { goal: 2 },
    'for loop': { goal: 1 / 1.3, about: '≤ 1.3x its time' },
  },
}
