import { connect } from '@nats-io/transport-node'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, describe } from 'vitest'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { natsCaps, natsStore } from '../../src/nats/index.ts'
import { queueConformance } from '../conformance/queue-conformance.ts'

const server = await requireServer('nats')
afterAll(() => server.stop())

let worlds = 0

// Time is real, and the server as well: one prefix of it for each world.
describe.skipIf(!server.available)('nats', () => {
  queueConformance(
    'nats:',
    () => {
      const prefix = `world-${worlds++}`
      return {
        open: () => natsStore(server.url, { prefix }),
        pass: (ms) => wait(ms + 5),
        now: () => performance.now(),
        dispose: () => removeStreams(server.url, prefix),
      }
    },
    natsCaps,
    'real',
  )
})

/** A server sets the room of streams aside. */
async function removeStreams(servers: string, prefix: string): Promise<void> {
  const connection = await connect({ servers })
  const answer = await connection.request('$JS.API.STREAM.NAMES')
  const { streams } = answer.json<{ streams: string[] | null }>()
  const ours = (streams ?? []).filter((stream) => stream.startsWith(`${prefix}-`))
  for (const stream of ours) await connection.request(`$JS.API.STREAM.DELETE.${stream}`)
  await connection.close()
}
