// The accounts of time on against off: synchronous chain, and an edge into asynchronous work.
const ITEMS = 1_000_000

const contender = (accounting) => async () => {
  const { flow } = await import('forebay')
  return {
    run: async () => {
      const sum = (total, n) => total + n
      const chain = await flow
        .range(1, ITEMS)
        .map((n) => n + 1)
        .filter((n) => n % 2)
        .buffer(256)
        .map((n) => n * 2)
        .reduce(sum, 0, { accounting })
      let seen = 0
      await flow
        .range(1, ITEMS / 4)
        .buffer(64)
        .forEach(
          async () => {
            seen++
          },
          { accounting },
        )
      return chain + seen
    },
  }
}

export default {
  area: 'streams',
  name: 'counters on',
  metric: 'ns of CPU an item',
  items: ITEMS * 1.25,
  warmups: 2,
  rounds: 9,
  turns: 5,
  contenders: { 'forebay, counters on': contender(true), 'counters absent': contender(false) },
  goals: { 'counters absent': { goal: 0.95 } },
}
