import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { CALM, SHARE } from './settings.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const main = fileURLToPath(new URL('../dist/watch-main.js', import.meta.url))
const run = promisify(execFile)
const seconds = 5

interface Line {
  readonly caller: string
  readonly asked: number
  readonly given: number
  readonly waiting: number
  readonly sheds: Readonly<Record<string, number>>
}

// Eight workers behind a busy processor are slower than Z promises: that may spoil one run, not three.
it(
  'shows in the account of Z that A, which obeys nobody, is shed, and B and C are given what they ask',
  { retry: 2, timeout: 90_000 },
  async () => {
    await run('npx', ['tsc', '-b', 'examples/abc-to-z'], { cwd: root })
    const { stdout } = await run(process.execPath, [main, '--for', String(seconds)])
    const [head, ...lines] = stdout.trim().split('\n')
    const rows = lines.map((line) => JSON.parse(line) as Line)
    const row = (name: string): Line => rows.find(({ caller }) => caller === name) as Line

    expect(head).toMatch(/^console of Z: http:/)
    expect(rows.map(({ caller }) => caller).toSorted()).toEqual(['A', 'B', 'C'])
    for (const { asked, given, waiting, sheds } of rows) {
      expect(asked).toBe(given + waiting + Object.values(sheds).reduce((sum, count) => sum + count, 0))
    }
    expect(row('A').given).toBeLessThan(0.5 * row('A').asked)
    expect(row('A').given).toBeLessThan(SHARE * (seconds + 3) + 10) // its share, the warm-up and the burst
    for (const name of ['B', 'C']) {
      expect(row(name).asked).toBeGreaterThan(0.7 * CALM * seconds)
      expect(row(name).given).toBeGreaterThan(0.85 * row(name).asked)
    }
  },
)
