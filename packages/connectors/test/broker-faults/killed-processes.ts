import { setTimeout as wait } from 'node:timers/promises'
import type { QueueOptions } from 'forebay/queue'
import { seededRandom } from 'forebay/testkit'
import { expect } from 'vitest'
import { told, type FaultWorld } from './fault-world.ts'
import { until } from './load.ts'
import type { ChildTask } from './queue-child.ts'

/** What is out at once with a consumer that is killed. */
const OUT = 20

/** How processes are killed, and what becomes of what they leave. */
export interface Killing {
  readonly rounds: number
  /** They live for up to this long after the consumer's first ack. */
  readonly livesMs: number
  readonly child?: Pick<ChildTask, 'lease' | 'pauseMs'>
  /** Of the queue, as the one opens it who takes the rest. */
  readonly options?: QueueOptions<number>
  readonly prefetch?: number
}

/** Kills a producer and a consumer of one queue, again and again, and takes what is left: nothing may be missing. */
export async function killProcesses(world: FaultWorld, killing: Killing): Promise<void> {
  const { rounds, livesMs, child, options, prefetch } = killing
  const name = world.queueName()
  const random = seededRandom(20_261_121)
  const confirmed = new Set<number>()
  const acked = new Set<number>()
  const seen = new Map<number, number>()
  const saw = (body: number): void => void seen.set(body, (seen.get(body) ?? 0) + 1)
  for (let round = 0; round < rounds; round++) {
    const putter = world.child({ queue: name, role: 'put', first: round * 100_000, ...child })
    const taker = world.child({ queue: name, role: 'take', ...child })
    await taker.line((line) => line.startsWith('ack '))
    await wait(random.next() * livesMs)
    putter.process.kill('SIGKILL')
    taker.process.kill('SIGKILL')
    await Promise.all([putter.ended, taker.ended])
    for (const body of told(putter.lines, 'put')) confirmed.add(body)
    expect(told(taker.lines, 'got').filter((body) => acked.has(body))).toEqual([])
    for (const body of told(taker.lines, 'ack')) acked.add(body)
    told(taker.lines, 'got').forEach(saw)
  }
  const queue = await (await world.store()).queue<number>(name, options)
  const receiver = queue.receiver(prefetch === undefined ? {} : { prefetch })
  let left = ''
  await until(
    async () => {
      const deliveries = await receiver.batch(1000, 100)
      for (const { body } of deliveries) {
        expect(acked.has(body)).toBe(false)
        saw(body)
      }
      await receiver.ackAll(deliveries).catch(() => undefined) // what was not acknowledged comes again, and is counted
      const { ready, leased, delayed } = await queue.measure()
      left = `${ready} ready, ${leased} leased, ${delayed} delayed`
      return ready + leased + delayed === 0
    },
    () => `everything is acknowledged; there are ${left}`,
    60_000,
  )
  expect(confirmed.size).toBeGreaterThan(10 * rounds)
  expect(acked.size).toBeGreaterThan(rounds)
  // Of what was got nobody knows whether its ack was durable when the process died.
  expect([...confirmed].filter((body) => !seen.has(body))).toEqual([])
  const duplicates = [...seen.values()].reduce((sum, times) => sum + times - 1, 0)
  expect(duplicates).toBeLessThanOrEqual(rounds * OUT)
  expect((await queue.measure()).dead).toBe(0)
}
