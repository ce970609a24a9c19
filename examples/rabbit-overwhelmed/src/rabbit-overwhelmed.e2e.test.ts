import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { requireServer } from '../../../tools/services/require-server.ts'
import { claimsOf, type Claim } from './claims.ts'
import type { Figures } from './meter.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const main = fileURLToPath(new URL('../dist/compare-main.js', import.meta.url))
const run = promisify(execFile)
const rabbit = await requireServer('rabbitmq')
afterAll(() => rabbit.stop())

describe.skipIf(!rabbit.available)('consumers that are overwhelmed, on a real RabbitMQ', () => {
  test('each strategy keeps what it promises, and figures that do not bear it out break the claims', async () => {
    await run('npx', ['tsc', '-b', 'examples/rabbit-overwhelmed'], { cwd: root })
    const env = { ...process.env, FOREBAY_RABBITMQ_URL: rabbit.url }
    const { stdout } = await run(process.execPath, [main, '--json'], { env }).catch(
      (error: { stdout: string }) => error,
    )
    const { figures, claims } = JSON.parse(stdout) as { figures: Figures[]; claims: Claim[] }

    expect(
      claims.filter(({ holds }) => !holds),
      JSON.stringify(figures),
    ).toEqual([])
    expect(figures).toHaveLength(6)

    const broken = claimsOf(figures.toReversed().map((one) => ({ ...one, done: one.done - 1 })))
    expect(broken.filter(({ holds }) => holds).length).toBeLessThanOrEqual(2)
  })
})
