import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requireServer } from '../../../tools/services/require-server.ts'
import { claimsOf, type Claim } from './claims.ts'
import type { Figures } from './meter.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const main = fileURLToPath(new URL('../dist/compare-main.js', import.meta.url))
const run = promisify(execFile)
const brokers = ['rabbitmq', 'kafka'] as const
const servers = await Promise.all(brokers.map(async (broker) => ({ broker, server: await requireServer(broker) })))
afterAll(() => Promise.all(servers.map(({ server }) => server.stop())))
beforeAll(async () => {
  await run('npx', ['tsc', '-b', 'examples/overwhelmed'], { cwd: root })
})

describe('consumers that are overwhelmed, on a real broker', () => {
  for (const { broker, server } of servers) {
    test.skipIf(!server.available)(`each strategy keeps what it promises on ${broker}`, async () => {
      const { stdout } = await run(process.execPath, [main, server.url, '--json']).catch(
        (error: { stdout: string }) => error,
      )
      const { figures, claims } = JSON.parse(stdout) as { figures: Figures[]; claims: Claim[] }

      expect(
        claims.filter(({ holds }) => !holds),
        JSON.stringify(figures),
      ).toEqual([])
      expect(figures).toHaveLength(7)

      const broken = claimsOf(
        figures.toReversed().map((one) => ({ ...one, done: one.done - 1 })),
        'hard',
      )
      expect(broken.filter(({ holds }) => holds).length).toBeLessThanOrEqual(2)
    })
  }
})
