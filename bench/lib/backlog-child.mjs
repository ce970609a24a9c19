// `backlog-child.mjs fill|look|consume FOLDER MESSAGES`: prints what it took of anonymous memory (MB, of /proc/self/status) and time.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore } from '@forebay/connectors'
import { bytesCodec } from 'forebay/queue'
import { bodyOf, idOf } from './queue-peers/job.mjs'

const BATCH = 256
const TENTH = 0.1
const [mode, folder, messages] = process.argv.slice(2)
const count = Number(messages)

let peak = 0
const anonymous = () => Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1000
const sample = () => (peak = Math.max(peak, anonymous()))
const watch = setInterval(sample, 20)
const started = performance.now()

const store = await openStore(`disk:${folder}`)
const queue = await store.queue('jobs', { codec: bytesCodec, maxItems: 2 * count, maxBytes: '8GiB' })
const openMs = performance.now() - started

async function fill() {
  const sender = queue.sender()
  const tenths = []
  for (let part = 0; part < 1 / TENTH; part++) {
    const start = performance.now()
    const end = Math.round(count * TENTH * (part + 1))
    for (let at = Math.round(count * TENTH * part); at < end; at += BATCH) {
      const size = Math.min(BATCH, end - at)
      await sender.put(Array.from({ length: size }, (_, n) => ({ body: bodyOf(at + n) })))
    }
    tenths.push(performance.now() - start)
  }
  return { firstMs: tenths[0], lastMs: tenths.at(-1) }
}

/** What a new process needs until it has a message; it gives it back. */
async function look() {
  const receiver = queue.receiver()
  const first = await receiver.next()
  const firstMs = performance.now() - started
  if (idOf(first.body) !== 0 || queue.stats().carriedIn !== count)
    throw new Error(`the first is ${idOf(first.body)}, and ${queue.stats().carriedIn} were carried in`)
  await sleep(500) // what opening goes on to do
  await receiver.close()
  return { openMs, firstMs }
}

async function consume() {
  const receiver = queue.receiver()
  let next = 0
  for (const end = count * TENTH; next < end;) {
    const deliveries = await receiver.batch(BATCH, 20)
    for (const { body } of deliveries) if (idOf(body) !== next++) throw new Error(`${idOf(body)} came instead of ${next - 1}`)
    await receiver.ackAll(deliveries)
  }
  return {}
}

const figures = await { fill, look, consume }[mode]()
sample()
clearInterval(watch)
const { ready, leased } = queue.stats()
await store.close()
process.stdout.write(JSON.stringify({ peak, left: ready + leased, ...figures }))
