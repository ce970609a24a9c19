import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe } from 'vitest'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { rabbitCaps, rabbitStore } from '../../src/rabbitmq/index.ts'
import { queueConformance } from '../conformance/queue-conformance.ts'

const rabbit = await requireServer('rabbitmq')
afterAll(() => rabbit.stop())

let worlds = 0

describe.skipIf(!rabbit.available)('RabbitMQ', () => {
  queueConformance(
    'amqp:',
    () => {
      const prefix = `world-${process.pid}-${worlds++}`
      return {
        open: () => rabbitStore(rabbit.url, { prefix, settleMs: 0 }),
        pass: (ms) => sleep(ms),
        now: () => performance.now(),
        dispose: async () => {},
      }
    },
    rabbitCaps,
    'real',
  )
})
