// A source of 10⁸ numbers and the event loop: how late is a 1 ms timer, and what does yielding cost?

const ITEMS = 100_000_000

const contender = (yields) => async () => {
  const { flow } = await import('forebay')
  const { systemClock } = await import('forebay')
  const clock = yields ? systemClock : { ...systemClock, now: () => 0 }
  return {
    run: async () => {
      const gaps = []
      let last = performance.now()
      const timer = setInterval(() => {
        const now = performance.now()
        gaps.push(now - last)
        last = now
      }, 1)
      const start = performance.now()
      await flow
        .range(1, ITEMS)
        .map((n) => n + 1)
        .reduce((total, n) => total + n, 0, { clock })
      const ms = performance.now() - start
      clearInterval(timer)
      gaps.sort((a, b) => a - b)
      return { ms, p999: gaps[Math.floor(gaps.length * 0.999)] ?? Infinity, max: gaps.at(-1) ?? Infinity }
    },
  }
}
export default {
  area: 'streams',
  name: '10⁸ synchronous items',
  metric: 'ns/item, with yielding against without',
  items: ITEMS,
  warmups: 1,
  rounds: 3,
  turns: 1,
  atMost: true,
  figure: ({ ms }) => (ms * 1e6) / ITEMS,
  answer: (value) => value,
  contenders: { 'forebay, yielding': contender(true), 'not yielding': contender(false) },
  goals: { 'not yielding': { goal: 1.05, about: '≤ 1.05x its time' } },
  extra: (value) => [
    { metric: 'timer gap p99.9, ms', ours: value.p999, goal: '≤ 3', met: value.p999 <= 3 },
    { metric: 'timer gap max, ms', ours: value.max, goal: '≤ 10', met: value.max <= 10 },
  ],
}
