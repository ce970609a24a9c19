import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Delivery, Queue } from 'forebay/queue'
import { openStore } from '../../src/open-store.ts'

/**
 * What the kill rounds kill. Every line is written at once, before anything else happens, so whoever reads them knows
 * what this process had been told when it died:
 *
 *     start <ids>    a put begins        stored <ids>   it has resolved
 *     out <id>       a delivery came     ack <id>       an ack begins      acked <id>   it has resolved
 */
const [mode = '', folder = '', name = ''] = process.argv.slice(2)

const moment = new Int32Array(new SharedArrayBuffer(4))

function say(...words: (string | number)[]): void {
  let rest = Buffer.from(`${words.join(' ')}\n`)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(moment, 0, 0, 1) // the reader is behind
    }
  }
}

/** Puts without end, two at a time, so that one is always under way. */
async function produce(queue: Queue<string>): Promise<void> {
  let next = 0
  const sender = queue.sender()
  const put = async (): Promise<void> => {
    for (;;) {
      const ids = Array.from({ length: 1 + (next % 16) }, () => `${name}-${next++}`)
      say('start', ...ids)
      await sender.put(ids.map((id) => ({ id, body: `body of ${id}`.padEnd(200, '.') })))
      say('stored', ...ids)
    }
  }
  await Promise.all([put(), put()])
}

/** Works without end, and never acknowledges the last of what it has: one lease is always out. */
async function consume(queue: Queue<string>): Promise<void> {
  const receiver = queue.receiver({ prefetch: 64 })
  const held: Delivery<string>[] = []
  for (let turn = 0; ; turn++) {
    for (const delivery of await receiver.batch(8, 5)) {
      say('out', delivery.id)
      held.push(delivery)
    }
    await Promise.all(held.splice(0, Math.max(0, held.length - 3)).map((delivery) => settle(delivery, turn)))
  }
}

async function settle(delivery: Delivery<string>, turn: number): Promise<void> {
  if (turn % 7 === 3) return delivery.nack({ delay: turn % 50, reason: 'now and then' })
  say('ack', delivery.id)
  await delivery.ack()
  say('acked', delivery.id)
}

/** Takes everything there is. */
async function audit(queue: Queue<string>): Promise<void> {
  const receiver = queue.receiver()
  while (queue.stats().ready + queue.stats().delayed > 0) {
    const deliveries = await receiver.batch(256, 20)
    for (const delivery of deliveries) {
      if (!delivery.body.startsWith(`body of ${delivery.id}.`)) say('wrong', delivery.id)
      say('out', delivery.id)
    }
    await receiver.ackAll(deliveries)
  }
  const { carriedIn, stored, acked, dead, dropped } = queue.stats()
  say('account', JSON.stringify({ carriedIn, stored, acked, dead, dropped }))
}

/** Dies at once of a message that says so. */
async function suffer(queue: Queue<string>): Promise<void> {
  if (queue.stats().carriedIn === 0) {
    const bodies = Array.from({ length: 40 }, (_, i) => (i === 17 ? 'poison' : `harmless ${i}`))
    await queue.sender().put(bodies.map((body) => ({ body })))
  }
  const receiver = queue.receiver({ prefetch: 8 })
  while (queue.stats().ready + queue.stats().leased + queue.stats().delayed > 0) {
    for (const delivery of await receiver.batch(8, 20)) {
      say('out', delivery.body, delivery.attempt)
      if (delivery.body === 'poison') process.kill(process.pid, 'SIGKILL')
      await delivery.ack()
    }
  }
  const [dead] = await queue.peek(10, 'dead')
  say('account', JSON.stringify({ ...queue.stats(), reason: dead?.history.at(-1)?.reason, body: dead?.body }))
}

/** Puts until the disk refuses, keeps working, and goes on when there is room again. */
async function fill(queue: Queue<string>): Promise<void> {
  const sender = queue.sender()
  sender.onCredit((credit) => say('credit', credit.reason ?? credit.state))
  let stored = 0
  const put = async (): Promise<void> => {
    await sender.put(Array.from({ length: 16 }, () => ({ body: 'x'.repeat(8000) })))
    stored += 16
  }
  while (sender.credit.reason !== 'disk') await Promise.race([put(), sleep(500)])
  say('full', stored)
  while (sender.credit.reason !== undefined) await sleep(20)
  await put()
  say('again', JSON.stringify(queue.stats()))
}

const store = await openStore(`disk:${folder}`)
const queue = await store.queue<string>('killed', {
  maxAttempts: mode === 'suffer' ? 3 : 1000,
  backoff: () => 20,
  ...(mode === 'fill' && { maxBytes: '4GiB' as const }),
})
if (mode === 'work') await Promise.all([produce(queue), consume(queue)])
else if (mode === 'audit') await audit(queue)
else if (mode === 'suffer') await suffer(queue)
else if (mode === 'fill') await fill(queue)
await store.close()
say('closed', ...store.reports.map((report) => report.message))
