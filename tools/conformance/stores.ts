import { engineCaps, type Caps } from 'forebay/queue'
import { diskCaps } from '../../packages/connectors/src/disk/disk-store.ts'
import { kafkaCaps } from '../../packages/connectors/src/kafka/index.ts'
import { natsCaps } from '../../packages/connectors/src/nats/index.ts'
import { postgresCaps } from '../../packages/connectors/src/postgres/index.ts'
import { rabbitCaps } from '../../packages/connectors/src/rabbitmq/index.ts'
import { redisCaps } from '../../packages/connectors/src/redis/index.ts'

/** A store that queues can live in, and the file that plays the conformance suite on it. */
export interface TestedStore {
  readonly name: string
  /** How {@link openStore} is told of it. */
  readonly url: string
  readonly file: string
  readonly caps: Caps
}

const tests = 'packages/connectors/test'

export const stores: readonly TestedStore[] = [
  {
    name: 'memory',
    url: 'memory:',
    file: `${tests}/memory-conformance.test.ts`,
    caps: { ...engineCaps, durability: 'memory', attempts: 'memory' },
  },
  { name: 'disk', url: 'disk:', file: `${tests}/disk-conformance.test.ts`, caps: diskCaps },
  { name: 'redis', url: 'redis://', file: `${tests}/redis/redis-conformance.e2e.test.ts`, caps: redisCaps },
  { name: 'rabbitmq', url: 'amqp://', file: `${tests}/rabbitmq/rabbit-conformance.e2e.test.ts`, caps: rabbitCaps },
  {
    name: 'postgres',
    url: 'postgres://',
    file: `${tests}/postgres/postgres-conformance.e2e.test.ts`,
    caps: postgresCaps,
  },
  { name: 'nats', url: 'nats://', file: `${tests}/nats/nats-conformance.e2e.test.ts`, caps: natsCaps },
  { name: 'kafka', url: 'kafka://', file: `${tests}/kafka/kafka-conformance.e2e.test.ts`, caps: kafkaCaps },
]
