import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import type { Claim } from './claims.ts'
import type { Played } from './play.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const main = fileURLToPath(new URL('../dist/compare-main.js', import.meta.url))
const run = promisify(execFile)

interface Output {
  readonly without: Played
  readonly gated: Played
  readonly claims: readonly Claim[]
}

// Percentiles of four processes are those of the machine too: a busy moment may spoil one run, not three.
it('keeps B and C well while A asks five times its share, and loses them without gates', { retry: 2 }, async () => {
  await run('npx', ['tsc', '-b', 'examples/abc-to-z'], { cwd: root })
  const { stdout } = await run(process.execPath, [main, '--json'], { maxBuffer: 2 ** 24 }).catch(
    (error: { stdout: string }) => error,
  )
  const { without, gated, claims } = JSON.parse(stdout) as Output

  expect(gated.a.mostHeld).toBeLessThanOrEqual(20)
  expect(gated.result.total.offered).toBe(without.result.total.offered)
  expect(claims).toHaveLength(8)
  expect(claims.filter(({ holds }) => !holds)).toEqual([])
})
