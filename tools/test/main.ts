import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { clearSkips, readSkips } from '../services/skips.ts'
import { closingLine, sum, tally } from './tally.ts'
import type { Report, Tally } from './tally.ts'

/**
 * `npm test` after the build: the unit tests, then the end-to-end tests, then what could not be tested with the line
 * to type for each, and last the closing line. `FOREBAY_FAILED_STEPS` names steps of CI that were red before, so that
 * the closing line counts them.
 */
const root = join(import.meta.dirname, '../..')
const reports = join(root, 'node_modules/.cache/forebay/reports')

async function run(project: string): Promise<Tally> {
  mkdirSync(reports, { recursive: true })
  const report = join(reports, `${project}.json`)
  rmSync(report, { force: true })
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const child = spawn(
    process.execPath,
    [vitest, 'run', '--project', `${project}*`, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    { cwd: root, stdio: 'inherit' },
  )
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
  return tally(existsSync(report) ? (JSON.parse(readFileSync(report, 'utf8')) as Report) : undefined, exitCode)
}

clearSkips()
const redSteps = (process.env['FOREBAY_FAILED_STEPS'] ?? '').split(' ').filter((step) => step !== '')
const total = sum([await run('unit'), await run('e2e'), ...redSteps.map(() => ({ passed: 0, failed: 1, skipped: 0 }))])

for (const step of redSteps) console.log(`red: ${step}`)
for (const skip of readSkips()) {
  console.log(`not tested: ${skip.what}: ${skip.reason}\n  to test it: ${skip.command}`)
}
console.log(closingLine(total))
process.exitCode = total.failed === 0 ? 0 : 1
