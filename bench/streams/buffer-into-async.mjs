// buffer(64) into an async function, one at a time, against a bare `for … await` over the same numbers.
const ITEMS = 1_000_000

export default {
  area: 'streams',
  name: 'buffer 64 into an async function',
  metric: 'ns/item',
  items: ITEMS,
  warmups: 2,
  rounds: 7,
  turns: 3,
  atMost: true,
  expected: (ITEMS * (ITEMS + 1)) / 2,
  answer: (value) => value,
  contenders: {
    forebay: async () => {
      const { flow } = await import('forebay')
      return {
        run: async () => {
          let sum = 0
          const work = async (n) => {
            sum += n
          }
          await flow.range(1, ITEMS).buffer(64).forEach(work)
          return sum
        },
      }
    },
    'for … await': async () => ({
      run: async () => {
        let sum = 0
        const work = async (n) => {
          sum += n
        }
        for (let i = 1; i <= ITEMS; i++) await work(i)
        return sum
      },
    }),
  },
  goals: { 'for … await': { goal: 1.15, about: '≤ 1.15x its time' } },
}
