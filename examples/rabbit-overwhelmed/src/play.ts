import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from 'forebay/queue'
import type { Job } from './jobs.ts'
import { Meter, type Figures } from './meter.ts'
import type { Strategy } from './strategies.ts'
import { startCrew } from './workers.ts'

/** Plays one strategy on a queue of its own, until everything that was taken is done. */
export async function play(store: Store, strategy: Strategy): Promise<Figures> {
  const name = `overwhelmed-${strategy.name.replaceAll(/\W+/g, '-')}-${Date.now()}`
  const queue = await store.queue<Job>(name, strategy.queue)
  const meter = new Meter()
  meter.watch(queue)
  const crew = strategy.work?.(queue, meter) ?? startCrew(queue, meter)
  try {
    await strategy.offer(queue, meter)
    while (meter.done < meter.offered - meter.dropped) await sleep(20)
    await queue.measure() // every ack has arrived
    return meter.figures(strategy.name)
  } finally {
    await crew.stop()
    await queue.close()
  }
}
