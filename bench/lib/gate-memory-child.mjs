import { gate } from 'forebay'
import { breaker, keyedRate, limit, rate } from 'forebay/gates'

const heap = () => {
  for (let i = 0; i < 5; i++) globalThis.gc()
  return process.memoryUsage().heapUsed
}

const each = (count, make) => {
  const kept = new Array(count)
  make(count + 1)
  const before = heap()
  for (let i = 0; i < count; i++) kept[i] = make(i)
  const bytes = (heap() - before) / count
  if (kept.length !== count) throw new Error('kept too few')
  return bytes
}

const cases = {
  'a breaker': () =>
    each(10_000, () => {
      const fuse = breaker()
      fuse.tryAcquire().release('ok')
      return fuse
    }),
  'a key of keyedRate': () => {
    const names = Array.from({ length: 200_000 }, (_, i) => `tenant-${i}`)
    const before = heap() + process.memoryUsage().arrayBuffers
    const gate = keyedRate({ limit: 10, max: names.length })
    for (const key of names) gate.tryAcquire({ key })
    const bytes = heap() + process.memoryUsage().arrayBuffers - before
    if (gate.stats.admitted < 0.9 * names.length) throw new Error('admitted too few')
    return bytes / names.length
  },
  'a waiter': () => {
    const gate = limit(0, { line: 200_000 })
    return each(100_000, () => gate.acquire())
  },
  'timers of 1,000 gates at rest': () => {
    for (let i = 0; i < 1000; i++) {
      const fuse = breaker({ consecutive: 1 })
      fuse.tryAcquire().release('fail')
      rate({ limit: 1 }).tryAcquire()
      limit(1).tryAcquire()
    }
    return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  },
  'call.map over 10,000,000 items': async () => {
    const call = gate({ concurrency: 10 })
    const run = async (count) => {
      let sum = 0
      const numbers = (function* () {
        for (let i = 0; i < count; i++) yield i
      })()
      await call.map(numbers, (n) => n + 1).forEach((n) => void (sum += n))
      if (sum !== (count * (count + 1)) / 2) throw new Error(`summed ${sum}`)
    }
    await run(100_000)
    const before = heap()
    let most = 0
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().heapUsed)), 50)
    await run(10_000_000)
    clearInterval(watch)
    process.stderr.write(`most at once ${most}\n`)
    return (heap() - before) / 1e6
  },
}

process.stdout.write(String(await cases[process.argv[2]]()))
process.exit(0)
