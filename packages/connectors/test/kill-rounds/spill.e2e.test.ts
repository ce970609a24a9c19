import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { startChild } from './start-child.ts'

const folder = mkdtempSync(join(tmpdir(), 'forebay-e2e-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The numbers in the lines that begin with `word`. */
const numbersOf = (lines: readonly string[], word: string): number[] =>
  lines.filter((line) => line.startsWith(`${word} `)).map((line) => Number(line.slice(word.length + 1)))

describe('a buffer that spills to disk, in a process that is killed', () => {
  it('hands on everything that the disk had confirmed in the next run, at least once', async () => {
    const killed = startChild([folder, '1', '2500', '2'], [], 'spill-child.ts')
    await killed.line((line) => line.startsWith('stored ') && Number(line.slice(7)) > 1000)
    await killed.line((line) => line.startsWith('done ') && Number(line.slice(5)) > 200)
    killed.process.kill('SIGKILL')
    await killed.ended
    const next = startChild([folder, '2501', '2510', '0'], [], 'spill-child.ts')
    await next.line((line) => line === 'closed')

    const before = numbersOf(killed.lines, 'done')
    const after = numbersOf(next.lines, 'done')
    const old = after.filter((n) => n <= 2500)
    const seen = new Set([...before, ...old])
    const last = Math.max(...seen)
    // Memory was empty when it died, for what is in the store came after it: so nothing at all is missing.
    expect(seen.size).toBe(last)
    expect(last).toBeGreaterThanOrEqual(Math.max(...numbersOf(killed.lines, 'stored')))
    // Twice is only what was out, or whose end was on its way to the disk.
    expect(before.length + old.length - seen.size).toBeLessThan(600)
    expect(after.filter((n) => n > 2500)).toEqual([2501, 2502, 2503, 2504, 2505, 2506, 2507, 2508, 2509, 2510])
  })
})
