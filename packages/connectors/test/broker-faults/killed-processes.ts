import { setTimeout as wait } from 'node:timers/promises'
import type { Queue, QueueOptions, Store } from 'forebay/queue'
import { seededRandom } from 'forebay/testkit'
import type { Child } from '../kill-rounds/start-child.ts'
import { until } from './load.ts'
import type { ChildTask } from './queue-child.ts'

/** What is out at once with a consumer that is killed. */
export const OUT = 20

/** How processes are killed, and how the rest is taken. */
export interface Killing {
  readonly rounds: number
  /** They live for up to this long after the consumer's first ack. */
  readonly livesMs: number
  readonly child?: Pick<ChildTask, 'lease' | 'pauseMs'>
  /** Of the queue, as the one opens it who takes the rest. */
  readonly options?: QueueOptions<number>
  readonly prefetch?: number
}

/** Where they work. */
export interface KillPlace {
  readonly queueName: () => string
  readonly store: () => Promise<Store>
  readonly child: (task: Omit<ChildTask, 'url'>) => Child
}

/** What the dead had been told, compared with what was there afterwards. */
export interface KillAccount {
  readonly confirmed: number
  readonly acked: number
  /** Confirmed and never delivered; has to be none. */
  readonly lost: readonly number[]
  /** Delivered after its ack had been confirmed; has to be none. */
  readonly resurrected: readonly number[]
  /** Deliveries of what had been delivered before. */
  readonly again: number
  readonly dead: number
}

/** Kills a producer and a consumer of one queue, again and again, and takes what they leave. */
export async function killProcesses(place: KillPlace, killing: Killing): Promise<KillAccount> {
  const { rounds, livesMs, child, options, prefetch } = killing
  const name = place.queueName()
  const random = seededRandom(20_261_121)
  const confirmed = new Set<number>()
  const acked = new Set<number>()
  const resurrected: number[] = []
  const seen = new Map<number, number>()
  const saw = (body: number): void => {
    if (acked.has(body)) resurrected.push(body)
    seen.set(body, (seen.get(body) ?? 0) + 1)
  }
  for (let round = 0; round < rounds; round++) {
    const putter = place.child({ queue: name, role: 'put', first: round * 100_000, ...child })
    const taker = place.child({ queue: name, role: 'take', ...child })
    await taker.line((line) => line.startsWith('ack '))
    await wait(random.next() * livesMs)
    putter.process.kill('SIGKILL')
    taker.process.kill('SIGKILL')
    await Promise.all([putter.ended, taker.ended])
    for (const body of told(putter.lines, 'put')) confirmed.add(body)
    told(taker.lines, 'got').forEach(saw)
    for (const body of told(taker.lines, 'ack')) acked.add(body)
  }
  const queue = await (await place.store()).queue<number>(name, options)
  await takeAll(queue, prefetch, saw)
  const { dead } = await queue.measure()
  return {
    confirmed: confirmed.size,
    acked: acked.size,
    // Of what was got nobody knows whether its ack was durable when the process died.
    lost: [...confirmed].filter((body) => !seen.has(body)),
    resurrected,
    again: [...seen.values()].reduce((sum, times) => sum + times - 1, 0),
    dead,
  }
}

async function takeAll(queue: Queue<number>, prefetch: number | undefined, saw: (body: number) => void): Promise<void> {
  const receiver = queue.receiver(prefetch === undefined ? {} : { prefetch })
  let left = ''
  await until(
    async () => {
      const deliveries = await receiver.batch(1000, 100)
      for (const { body } of deliveries) saw(body)
      await receiver.ackAll(deliveries).catch(() => undefined) // what was not acknowledged comes again, and is counted
      const { ready, leased, delayed } = await queue.measure()
      left = `${ready} ready, ${leased} leased, ${delayed} delayed`
      return ready + leased + delayed === 0
    },
    () => `everything is acknowledged; there are ${left}`,
    60_000,
  )
}

/** The numbers behind `word` in what a child has written. */
export function told(lines: readonly string[], word: string): number[] {
  return lines.filter((line) => line.startsWith(`${word} `)).map((line) => Number(line.slice(word.length + 1)))
}
