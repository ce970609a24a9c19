// buffer(64) into an async function, one at a time, against a bare `for … await` over the same numbers, and what else
// puts a bounded buffer before an async function.
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

const ITEMS = 1_000_000
/** RxJS queues without bound and shifts its queue off an array: what an item costs grows with how many there are. */
const FEW = 100_000

/** `feed(work, items)` calls the work for every number, one at a time. */
const contender = (feed, items = ITEMS) => ({
  items,
  run: async () => {
    let sum = 0
    const work = async (n) => {
      sum += n
    }
    await feed(work, items)
    return sum
  },
})

export default {
  area: 'streams',
  name: 'buffer 64 into an async function',
  metric: 'ns of CPU an item',
  items: ITEMS,
  warmups: 2,
  rounds: 7,
  turns: 3,
  expected: (items) => (items * (items + 1)) / 2,
  answer: (value) => value,
  contenders: {
    forebay: async () => {
      const { flow } = await import('forebay')
      return contender((work, items) => flow.range(1, items).buffer(64).forEach(work))
    },
    'for … await': async () =>
      contender(async (work, items) => {
        for (let i = 1; i <= items; i++) await work(i)
      }),
    'async generator': async () => {
      const numbers = async function* (items) {
        for (let i = 1; i <= items; i++) yield i
      }
      return contender(async (work, items) => {
        for await (const n of numbers(items)) await work(n)
      }, 300_000)
    },
    'Readable into Writable': async () =>
      contender((work, items) => {
        let next = 1
        const readable = new Readable({
          objectMode: true,
          highWaterMark: 64,
          read() {
            this.push(next <= items ? next++ : null)
          },
        })
        const writable = new Writable({
          objectMode: true,
          highWaterMark: 64,
          write: (n, _, done) => work(n).then(() => done(), done),
        })
        return pipeline(readable, writable)
      }, 300_000),
    'RxJS 7, concatMap of 100,000': async () => {
      const { range, concatMap, lastValueFrom } = await import('rxjs')
      return {
        ...contender((work, items) => lastValueFrom(range(1, items).pipe(concatMap(work))), FEW),
        warmups: 1,
        rounds: 3,
      }
    },
    'Effect 4': async () => {
      const { Effect, Stream } = await import('effect')
      return contender((work, items) => {
        const numbers = Stream.buffer(Stream.range(1, items), { capacity: 64 })
        return Effect.runPromise(Stream.runForEach(numbers, (n) => Effect.promise(() => work(n))))
      }, 300_000)
    },
  },
  goals: {
    'for … await': { goal: 1 / 1.1, about: '≤ 1.1x its time' },
    'async generator': { goal: 3 },
    'Readable into Writable': { goal: 2 },
    'RxJS 7, concatMap of 100,000': { goal: 75 },
    'Effect 4': { goal: 3 },
  },
}
