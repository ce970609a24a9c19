// A function that only might be async, 16 at once: what does a result cost that is there at once? The loops await it anyway.
const ITEMS = 100_000
const CONCURRENCY = 16
const work = (n) => n
const sum = (total, n) => total + n

export default {
  area: 'streams',
  name: 'mapAsync, 16 at once, plain results',
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
  },
  goals: {
    '16 await loops': { goal: 1, about: '≤ its time' },
  },
}
