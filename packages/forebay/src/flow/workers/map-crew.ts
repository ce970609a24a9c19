import type { Flow } from '../flow.ts'
import { junction } from '../junction.ts'
import { Crew } from './crew.ts'
import { crewOptions, type CrewOptions } from './crew-options.ts'
import type { StartWorker } from './worker-port.ts'

/** Work on items by workers that `start` gives; see `mapWorker`. */
export function mapCrew<A, B>(
  kind: string,
  start: StartWorker,
  workers: number,
  options: CrewOptions<A>,
): (flow: Flow<A>) => Flow<B> {
  const work = crewOptions(kind, workers, options)
  const { items, name, concurrency } = work
  const bound = concurrency * work.share(items) + items
  return junction<A, B>(
    kind,
    { cardinality: 'one', bound, name, slots: concurrency, sync: false },
    (env, stage) => new Crew(start, work, bound, env, stage),
  )
}
