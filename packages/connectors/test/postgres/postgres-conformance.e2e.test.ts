import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, describe } from 'vitest'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { postgresCaps, postgresStore } from '../../src/postgres/index.ts'
import { queueConformance } from '../conformance/queue-conformance.ts'

const postgres = await requireServer('postgres')
afterAll(() => postgres.stop())

let schemas = 0

// Time is real, and the server as well: one schema of it for each world.
describe.skipIf(!postgres.available)('postgres', () => {
  queueConformance(
    'postgres:',
    () => {
      const schema = `world_${process.pid}_${schemas++}`
      return {
        open: () => postgresStore(postgres.url, { schema }),
        pass: (ms) => wait(ms + 5),
        now: () => performance.now(),
        dispose: () => Promise.resolve(),
      }
    },
    postgresCaps,
    'real',
  )
})
