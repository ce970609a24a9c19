// One contender of the comparison of adapters in a process of its own: does what it is told, and says how long that took.
const [side, broker, url, name] = process.argv.slice(2)
const { open, openLocking } = await import(`./raw/${side === 'adapter' ? 'forebay' : broker}.mjs`)
const contender = await (side === 'raw, rows locked' ? openLocking : open)(url, name)

/** 1 KB each, numbered. */
const body = (number) => {
  const bytes = Buffer.alloc(1000, 'forebay ')
  bytes.writeUInt32LE(number)
  return bytes
}
let put = 0

const works = {
  async publish({ total, batch, calls }) {
    const bodies = Array.from({ length: total }, () => body(put++))
    return async () => {
      let at = 0
      const loop = async () => {
        while (at < total) {
          const from = at
          at += batch
          await contender.put(bodies.slice(from, Math.min(total, at)))
        }
      }
      await Promise.all(Array.from({ length: calls }, loop))
    }
  },
  async consume({ total, batch, window, each }) {
    return async () => {
      const numbers = new Set()
      const onBody = (bytes) => {
        if (bytes.length === 1000) numbers.add(bytes[0] + 256 * bytes[1] + 65_536 * bytes[2] + 16_777_216 * bytes[3])
      }
      await contender.consume(total, { batch, window, each }, onBody)
      if (numbers.size !== total) throw new Error(`${side} of ${broker}: ${numbers.size} of ${total} messages came`)
    }
  },
  async close() {
    return () => contender.close()
  },
}

process.on('message', async ({ work, ...options }) => {
  const run = await works[work](options)
  globalThis.gc?.()
  const cpu = process.cpuUsage()
  const start = performance.now()
  await run()
  const us = (performance.now() - start) * 1000
  const { user, system } = process.cpuUsage(cpu)
  process.send({ us, cpu: user + system, rss: process.resourceUsage().maxRSS * 1024 })
  if (work === 'close') process.exit(0)
})
process.on('disconnect', () => process.exit(1))
process.send('ready')
