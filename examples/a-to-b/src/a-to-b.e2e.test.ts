import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import type { Row } from './row.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const main = fileURLToPath(new URL('../dist/compare-main.js', import.meta.url))
const run = promisify(execFile)

it('ends well by itself, and keeps its bounds over real sockets too', async () => {
  await run('npx', ['tsc', '-b', 'examples/a-to-b'], { cwd: root })
  await run(process.execPath, [main]) // rejects when a claim does not hold
  // How fast things are in real time is the machine's affair; what may wait, and who is slowed, is not.
  const { stdout } = await run(process.execPath, [main, '--http', '--json']).catch((error: { stdout: string }) => error)
  const { rows } = JSON.parse(stdout) as { rows: Row[] }
  const [unbounded, buffered, dropping, told, pulled] = rows as [Row, Row, Row, Row, Row]

  expect(rows.map(({ made }) => Math.round(made)).slice(0, 3)).toEqual([100, 100, 100])
  expect(Math.max(told.made, pulled.made)).toBeLessThan(90)
  expect(unbounded).toMatchObject({ refused: 0 })
  expect(unbounded.waiting).toBeGreaterThan(150)
  expect(buffered.waiting).toBe(75)
  expect(buffered.refused).toBeGreaterThan(100)
  expect(dropping.waiting).toBe(8)
  expect(pulled).toMatchObject({ refused: 0 })
  expect(pulled.waiting).toBeLessThanOrEqual(1)
})
