import { setTimeout as sleep } from 'node:timers/promises'
import type { Queue, Store } from 'forebay/queue'
import { WARM_UP, type Job } from './jobs.ts'
import { Meter, type Figures } from './meter.ts'
import type { Strategy } from './strategies.ts'
import { startCrew } from './workers.ts'

/** Plays one strategy on a queue of its own, until everything that was taken is done. */
export async function play(store: Store, strategy: Strategy): Promise<Figures> {
  const name = `overwhelmed-${strategy.name.replaceAll(/\W+/g, '-')}-${Date.now()}`
  const queue = await store.queue<Job>(name, strategy.queue)
  const meter = new Meter()
  const crew = strategy.work?.(queue, meter) ?? startCrew(queue, meter)
  try {
    await warmUp(queue)
    meter.begin()
    await strategy.offer(queue, meter)
    while (meter.done < meter.offered - meter.dropped) await sleep(20)
    return meter.figures(strategy.name)
  } finally {
    await crew.stop()
    await queue.close()
  }
}

/** Until consumers are there: those of Kafka need a second or two to be dealt their partitions. */
async function warmUp(queue: Queue<Job>): Promise<void> {
  await queue.sender().put([{ body: { id: WARM_UP, bornAt: Date.now() } }])
  while (queue.stats().acked === 0) await sleep(10)
}
