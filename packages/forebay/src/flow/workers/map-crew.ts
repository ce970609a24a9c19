import type { Flow } from '../flow.ts'
import { junction } from '../junction.ts'
import type { Elastic } from '../elastic/elastic.ts'
import { Crew } from './crew.ts'
import { ElasticCrew } from './elastic-crew.ts'
import { crewOptions, type CrewOptions } from './crew-options.ts'
import type { StartWorker } from './worker-port.ts'

/** Work on items by workers that `start` gives; see `mapWorker`. */
export function mapCrew<A, B>(
  kind: string,
  start: StartWorker,
  workers: number | Elastic,
  options: CrewOptions<A>,
): (flow: Flow<A>) => Flow<B> {
  const elastic = typeof workers === 'number' ? undefined : workers
  const work = crewOptions(kind, typeof workers === 'number' ? workers : workers.max, options)
  const { items, name, concurrency } = work
  const bound = concurrency * work.share(items) + items
  return junction<A, B>(kind, { cardinality: 'one', bound, name, slots: concurrency, sync: false }, (env, stage) =>
    elastic === undefined
      ? new Crew(start, work, bound, env, stage)
      : new ElasticCrew(start, work, bound, elastic, env, stage),
  )
}
