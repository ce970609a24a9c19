// A source of 10⁹ numbers and the event loop: how long does it hold a 1 ms timer up, and what does yielding cost? A gap is the
// lesser of time and CPU time, so that neither what others take from the machine nor the compiler's threads are in it.
const ITEMS = 1_000_000_000

const contender = (yields) => async () => {
  const { flow, systemClock } = await import('forebay')
  const clock = yields ? systemClock : { ...systemClock, now: () => 0 }
  return {
    run: async () => {
      const gaps = []
      const cpu = () => process.cpuUsage()
      let [last, lastCpu] = [performance.now(), cpu()]
      const timer = setInterval(() => {
        const { user, system } = process.cpuUsage(lastCpu)
        gaps.push(Math.min(performance.now() - last, (user + system) / 1000))
        ;[last, lastCpu] = [performance.now(), cpu()]
      }, 1)
      const start = cpu()
      await flow
        .range(1, ITEMS)
        .map((n) => n + 1)
        .reduce((total, n) => total + n, 0, { clock })
      const { user, system } = process.cpuUsage(start)
      clearInterval(timer)
      gaps.sort((a, b) => a - b)
      const ms = (user + system) / 1000
      return { ms, p999: gaps[Math.floor(gaps.length * 0.999)] ?? Infinity, max: gaps.at(-1) ?? Infinity }
    },
  }
}
export default {
  area: 'streams',
  name: '10⁹ synchronous items',
  metric: 'ns of CPU an item, with yielding against without',
  items: ITEMS,
  warmups: 1,
  rounds: 1,
  turns: 3,
  atMost: true,
  figure: ({ ms }) => (ms * 1e6) / ITEMS,
  answer: (value) => value,
  contenders: { 'forebay, yielding': contender(true), 'not yielding': contender(false) },
  goals: { 'not yielding': { goal: 1.05, about: '≤ 1.05x its time' } },
  extra: (value) => [
    { metric: 'timer gap p99.9, ms', ours: value.p999, goal: '≤ 3', met: value.p999 <= 3 },
    { metric: 'timer gap max, ms', ours: value.max, goal: '≤ 3', met: value.max <= 3 },
  ],
}
