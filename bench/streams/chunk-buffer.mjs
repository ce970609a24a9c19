// Chunks of 1,024 numbers into an asynchronous consumer that takes a turn of the event loop for each.
import { setImmediate as turn } from 'node:timers/promises'

const ITEMS = 1_024 * 1_000
const CHUNK = 1_024

const consumer = () => {
  let total = 0
  return {
    take: async (chunk) => {
      for (let i = 0; i < chunk.length; i++) total += chunk[i]
      await turn()
    },
    total: () => total,
  }
}

export default {
  area: 'streams',
  name: 'chunks of 1,024 into a consumer of a turn each',
  metric: 'ns of CPU an item',
  items: ITEMS,
  warmups: 3,
  rounds: 9,
  turns: 3,
  expected: (ITEMS * (ITEMS + 1)) / 2,
  answer: (value) => value,
  contenders: {
    forebay: async () => {
      const { flow } = await import('forebay')
      return {
        run: async () => {
          const { take, total } = consumer()
          await flow.range(1, ITEMS).batch(CHUNK).buffer(4).forEach(take)
          return total()
        },
      }
    },
    'Effect 4': async () => {
      const { Effect, Stream } = await import('effect')
      return {
        run: async () => {
          const { take, total } = consumer()
          const chunks = Stream.bufferArray(Stream.range(1, ITEMS, CHUNK), { capacity: 4 })
          await Effect.runPromise(Stream.runForEachArray(chunks, (chunk) => Effect.promise(() => take(chunk))))
          return total()
        },
      }
    },
    'async generator of arrays': async () => ({
      run: async () => {
        const { take, total } = consumer()
        const chunks = async function* () {
          let chunk = []
          for (let i = 1; i <= ITEMS; i++) {
            chunk.push(i)
            if (chunk.length < CHUNK) continue
            yield chunk
            chunk = []
          }
        }
        for await (const chunk of chunks()) await take(chunk)
        return total()
      },
    }),
  },
  goals: { 'Effect 4': { goal: 1 }, 'async generator of arrays': { goal: 1 } },
}
