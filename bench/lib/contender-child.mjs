// `contender-child.mjs NAME FOLDER URL`, forked: opens a queue of `queue-peers` and does what it is told, measured.
import { bodyOf } from './queue-peers/job.mjs'

const [name, folder, url] = process.argv.slice(2)
const { open } = await import(`./queue-peers/${name}.mjs`)
const queue = await open({ folder, url })
let put = 0
let taken = 0

async function measured(work) {
  const cpu = process.cpuUsage()
  const start = performance.now()
  const after = await work()
  const ms = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  await after?.()
  return { ms, cpu: (user + system) / 1000 }
}

const tasks = {
  publish: ({ count, batch }) =>
    measured(async () => {
      for (const end = put + count; put < end; put += batch)
        await queue.put(Array.from({ length: batch }, (_, at) => bodyOf(put + at)))
    }),
  drain: async ({ count, batch }) => {
    const seen = new Set()
    let strange = 0
    const saw = (id) => {
      if (id < taken || id >= taken + count || seen.has(id)) strange++
      seen.add(id)
    }
    // Who has to connect first does so before the clock starts; a receiver, a consumer or workers begin within.
    const attached = await queue.attach?.()
    const figures = await measured(() => queue.drain(count, batch, saw, attached))
    if (strange > 0 || seen.size !== count) throw new Error(`${name}: ${seen.size} of ${count} came, ${strange} wrong`)
    taken += count
    return figures
  },
  close: async () => {
    await queue.close()
    process.disconnect()
  },
}

process.on('message', async ({ task, ...how }) => {
  try {
    const answer = await tasks[task](how)
    if (process.connected) process.send({ answer })
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) })
  }
})
process.on('disconnect', () => process.exit())
process.send({ answer: 'ready' })
