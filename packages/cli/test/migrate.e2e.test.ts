import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const bin = fileURLToPath(new URL('../bin/forebay.js', import.meta.url))
const gateEntry = new URL('../../forebay/dist/index.js', import.meta.url).href
const folder = mkdtempSync(join(tmpdir(), 'forebay-migrate-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const source = `import pLimit from 'p-limit'
const limit = pLimit(2)
let running = 0
let most = 0
const work = async (n) => {
  most = Math.max(most, ++running)
  await new Promise((resolve) => setTimeout(resolve, 5))
  running--
  return n * 2
}
const results = await Promise.all([1, 2, 3, 4, 5].map((n) => limit(work, n)))
console.log(JSON.stringify({ results, most, waiting: limit.pendingCount }))
`

describe('forebay migrate', () => {
  it('prints the changed file, says what to look at, and writes only when it is told', () => {
    const file = join(folder, 'shown.mjs')
    writeFileSync(file, source)
    const shown = spawnSync(process.execPath, [bin, 'migrate', file], { encoding: 'utf8' })
    expect(shown.status).toBe(0)
    expect(shown.stdout).toContain('const limit = gate({ concurrency: 2 })')
    expect(shown.stderr).toContain(`${file}:2: at most 1,000 calls wait`)
    expect(readFileSync(file, 'utf8')).toBe(source)
  })

  it('writes a file that runs, and does what it did before', () => {
    const file = join(folder, 'written.mjs')
    writeFileSync(file, source)
    const written = spawnSync(process.execPath, [bin, 'migrate', '--write', file], { encoding: 'utf8' })
    expect(written).toMatchObject({ status: 0, stdout: '' })
    const changed = readFileSync(file, 'utf8').replace(`'forebay'`, `'${gateEntry}'`)
    expect(changed).not.toContain('p-limit')
    writeFileSync(file, changed)
    const printed = execFileSync(process.execPath, [file], { encoding: 'utf8' })
    expect(JSON.parse(printed)).toEqual({ results: [2, 4, 6, 8, 10], most: 2, waiting: 0 })
  })

  it('names a file that cannot be parsed or read, changes the others, and fails', () => {
    const [good, bad] = [join(folder, 'good.mjs'), join(folder, 'bad.mjs')]
    writeFileSync(good, source)
    writeFileSync(bad, 'const = 1')
    const ended = spawnSync(process.execPath, [bin, 'migrate', '--write', bad, good, join(folder, 'none.mjs')], {
      encoding: 'utf8',
    })
    expect(ended.status).toBe(1)
    expect(ended.stderr).toContain('bad.mjs: ')
    expect(ended.stderr).toContain('none.mjs: ENOENT')
    expect(readFileSync(good, 'utf8')).toContain(`from 'forebay'`)
    expect(spawnSync(process.execPath, [bin, 'migrate'], { encoding: 'utf8' }).status).toBe(2)
  })
})
