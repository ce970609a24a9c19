// 5·10⁶ objects pushed into a bounded drop-oldest edge, a consumer that is 100 times slower: what does memory do, and how
// fast does the producer get rid of them?
const ITEMS = 5_000_000
const BURST = 10_000
const LOOK_EVERY = 10 * BURST

export default {
  area: 'streams',
  name: 'flood into drop-oldest(1024)',
  metric: 'memory growth, MB',
  items: ITEMS,
  warmups: 0,
  rounds: 1,
  turns: 3,
  atMost: true,
  figure: ({ growthMb }) => growthMb,
  answer: (value) => value,
  contenders: {
    forebay: async () => {
      const { firehose } = await import('forebay')
      return {
        run: async () => {
          globalThis.gc?.()
          const before = process.memoryUsage.rss()
          let peak = before
          let emitted = 0
          let taken = 0
          let cpu = process.cpuUsage()
          const run = firehose((emit, signal) => {
            const burst = () => {
              for (let i = 0; i < BURST && emitted < ITEMS; i++, emitted++) emit({ id: emitted, at: i, name: 'tick' })
              if (emitted % LOOK_EVERY === 0) peak = Math.max(peak, process.memoryUsage.rss())
              if (emitted === ITEMS) cpu = process.cpuUsage(cpu)
              else if (!signal.aborted) setImmediate(burst)
            }
            burst()
          })
            .buffer(1024, 'drop-oldest')
            .to(() => (++taken % (BURST / 100) === 0 ? new Promise((resolve) => setImmediate(resolve)) : undefined))
            .run()
          while (emitted < ITEMS) await new Promise((resolve) => setTimeout(resolve, 5))
          await run.drain()
          const { ledger, balanced } = run.inspect()
          if (!balanced || ledger.in !== ITEMS) throw new Error(`ledger: ${JSON.stringify(ledger)}`)
          return { growthMb: (peak - before) / 1e6, itemsPerS: (ITEMS / (cpu.user + cpu.system)) * 1e6 }
        },
      }
    },
    budget: async () => ({ run: async () => ({ growthMb: 30 }) }),
  },
  goals: { budget: { goal: 1, about: '< 30 MB' } },
  extra: ({ itemsPerS }) => [
    {
      metric: 'accepted or dropped a second of CPU, consumer included',
      ours: Math.round(itemsPerS),
      goal: '≥ 20,000,000',
      met: itemsPerS >= 20e6,
    },
  ],
}
