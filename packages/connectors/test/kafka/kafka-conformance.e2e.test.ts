import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, describe } from 'vitest'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { kafkaCaps, kafkaStore } from '../../src/kafka/index.ts'
import { queueConformance } from '../conformance/queue-conformance.ts'

const kafka = await requireServer('kafka')
afterAll(() => kafka.stop())

let worlds = 0

// One partition each: the order of a queue is that of its partitions.
describe.skipIf(!kafka.available)('Kafka', () => {
  queueConformance(
    'kafka:',
    () => {
      const prefix = `world-${process.pid}-${worlds++}`
      return {
        open: () => kafkaStore(kafka.url, { prefix, partitions: 1 }),
        pass: (ms) => wait(ms),
        now: () => performance.now(),
        dispose: async () => {
          const { Admin } = await import('@platformatic/kafka')
          const admin = new Admin({ clientId: 'dispose', bootstrapBrokers: [kafka.url.slice('kafka://'.length)] })
          const topics = await admin.listTopics()
          await admin.deleteTopics({ topics: topics.filter((topic) => topic.startsWith(`${prefix}.`)) })
          await admin.close()
        },
      }
    },
    kafkaCaps,
    'real',
  )
})
