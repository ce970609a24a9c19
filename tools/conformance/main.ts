import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { capsTable, withTable } from './caps-table.ts'
import { stores } from './stores.ts'
import { tallyOf, type Tally, type TestReport } from './tally.ts'

/**
 * `npm run conformance -- [--json] [--store NAME]…`: plays the conformance suite of queues on every store and says how
 * each did. Exits 3 when one failed. A store whose server is not here says so. `--table` writes the table of
 * capabilities into docs/concepts/stores.md instead.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    table: { type: 'boolean', default: false },
    store: { type: 'string', multiple: true },
  },
})
const root = join(import.meta.dirname, '../..')

if (values.table) {
  const file = join(root, 'docs/concepts/stores.md')
  writeFileSync(file, withTable(readFileSync(file, 'utf8'), capsTable(stores)))
} else {
  const unknown = values.store?.find((name) => !stores.some((store) => store.name === name))
  if (unknown !== undefined)
    throw new RangeError(`--store: expected ${stores.map(({ name }) => name).join(', ')}, got ${unknown}`)
  const chosen = stores.filter(({ name }) => values.store?.includes(name) ?? true)
  const tallies = tallyOf(chosen, play(chosen.map(({ file }) => file)))
  console.log(values.json ? JSON.stringify(tallies, null, 2) : text(tallies))
  if (tallies.some(({ result }) => result === 'failed')) process.exitCode = 3
}

function play(files: readonly string[]): TestReport {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-conformance-'))
  const output = join(folder, 'report.json')
  try {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const args = ['run', ...files, '--reporter=json', `--outputFile=${output}`, '--no-color']
    const { status, stderr } = spawnSync(process.execPath, [vitest, ...args], { cwd: root, encoding: 'utf8' })
    try {
      return JSON.parse(readFileSync(output, 'utf8')) as TestReport
    } catch (error) {
      throw new Error(`the tests did not run (${status}): ${stderr.slice(-2000)}`, { cause: error })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function text(tallies: readonly Tally[]): string {
  const lines = tallies.map(
    ({ store, result, passed, unsupported, failed }) =>
      `${store.padEnd(10)} ${result.padEnd(8)} ${passed} passed, ${unsupported} unsupported, ${failed.length} failed`,
  )
  const failures = tallies.flatMap(({ store, failed }) => failed.map((name) => `  ${store}: ${name}`))
  return [...lines, ...failures].join('\n')
}
