import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const bin = fileURLToPath(new URL('../bin/forebay.js', import.meta.url))
const spike = fileURLToPath(new URL('../../../examples/strategies/spike.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'forebay-simulate-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function simulate(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const options = { cwd: folder, timeout: 60_000, maxBuffer: 2 ** 24 }
    execFile(process.execPath, [bin, 'simulate', ...args], options, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    )
  })
}

describe('forebay simulate', () => {
  it('compares the strategies of a file and says which to take', async () => {
    const { code, stdout } = await simulate(spike, '--out', 'chart.html', '--out', 'chart.svg', '--out', 'all.json')

    expect(code).toBe(0)
    expect(stdout).toMatch(/^→ drop oldest/m)
    expect(stdout).toMatch(/^× no bound/m)
    expect(readFileSync(join(folder, 'chart.html'), 'utf8')).toMatch(/^<!doctype html>[^]*<\/html>\n$/)
    expect(readFileSync(join(folder, 'chart.svg'), 'utf8')).toMatch(/^<svg [^]*<\/svg>\n$/)
    expect(JSON.parse(readFileSync(join(folder, 'all.json'), 'utf8'))).toMatchObject({ strategy: 'drop oldest' })
  })

  it('gives the same figures for the same seed', async () => {
    const [first, second, other] = await Promise.all(
      ['7', '7', '8'].map((seed) => simulate(spike, '--json', '--seed', seed)),
    )

    expect(first?.stdout).toBe(second?.stdout)
    expect(first?.stdout).not.toBe(other?.stdout)
  })

  it('exits with 3 when no strategy keeps the goal', async () => {
    const { code, stdout } = await simulate(spike, '--goal', 'missed<1%,held<100')

    expect(code).toBe(3)
    expect(stdout).toContain('none keeps the goal; nearest is')
  })

  it.each([
    [[], 'which file?'],
    [['missing.ts'], 'there is no file missing.ts'],
    [['nothing.mjs'], 'one of its exports must be a simulation({ … })'],
    [[spike, '--goal', 'fast'], '--goal: expected for instance'],
    [[spike, '--seed', 'x'], '--seed: expected a whole number'],
    [[spike, '--out', 'chart.gif'], '--out: expected a file that ends in .html, .svg, .json'],
  ])('says in one line what is wrong with %j', async (args, message) => {
    writeFileSync(join(folder, 'nothing.mjs'), 'export default 3\n')
    const { code, stdout, stderr } = await simulate(...args)

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr.split('\n')[0]).toContain(message)
  })
})
