import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { mutantsOf, rangesOf, sampleOf, scoreOf, survives, type MutationReport } from './score.ts'
import { nearTests, wideTests } from './tests.ts'
import { tryInOneThread } from './one-thread.ts'

/**
 * `npm run mutation -- kernel/credit.ts … [--tests "GLOB GLOB"] [--sample 100] [--json]`: changes the named files of the
 * library in every small way and looks which changes the tests find. What the tests beside the source do not find is
 * tried again with whole flows, all of it or a sample. One file after another, one process, at the lowest priority; for
 * minutes a file. Exits 3 when less than 90 % of a file are found. Docs: docs/mutation.md.
 */
const root = join(import.meta.dirname, '../..')
const reports = join(root, 'node_modules/.cache/forebay/mutation')
const { values, positionals } = parseArgs({
  options: {
    tests: { type: 'string' },
    sample: { type: 'string', default: '100' },
    json: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})

const missing = positionals.filter((file) => !existsSync(join(root, 'packages/forebay/src', file)))
const most = Number(values.sample)
if (positionals.length === 0 || missing.length > 0 || !(most >= 0)) {
  for (const file of missing) console.error(`packages/forebay/src/${file} does not exist`)
  console.error('usage: npm run mutation -- kernel/credit.ts [FILE...] [--tests "GLOB..."] [--sample 100] [--json]')
  process.exit(2)
}
await installed()
let isMet = true
for (const file of positionals) {
  const score = await tried(file)
  if (score.percent < 90) isMet = false
  if (values.json) console.log(JSON.stringify({ file, ...score }))
  else {
    const sampled = score.untried > 0 ? `, ${score.untried} tried beside the source only` : ''
    console.log(
      `${file}: ${score.percent.toFixed(1)} % of ${score.mutants} found (${score.timedOut} by time${sampled})`,
    )
    for (const { line, mutator, replacement } of score.survivors) {
      console.log(`  ${file}:${line} ${mutator}: ${replacement.replaceAll(/\s+/g, ' ').slice(0, 100)}`)
    }
  }
}
process.exitCode = isMet ? 0 : 3

/** Beside the source first, in one thread; whole flows, which take minutes, only for what is left. */
async function tried(file: string): Promise<ReturnType<typeof scoreOf>> {
  const tests = values.tests ?? nearTests(file)
  const path = join(root, 'packages/forebay/src', file)
  const near = await tryInOneThread(path, tests, join(reports, file.replaceAll('/', '-')))
  console.error(`${file}: ${near.mutants.length} changes, ${near.tests} tests, ${near.leftOut} that need more left out`)
  const sample = values.tests === undefined ? sampleOf(near.mutants.filter(survives), most) : []
  if (sample.length === 0) return scoreOf(near.mutants)
  const wide = mutantsOf(await mutated(file, rangesOf(file, sample), wideTests(file)))
  return scoreOf(near.mutants, { sample, wide })
}

/** Stryker is no dependency of the repository: it comes when it is first asked for. */
async function installed(): Promise<void> {
  if (existsSync(join(import.meta.dirname, 'node_modules'))) return
  // vitest is its peer, and is found in the root.
  const exitCode = await ended('npm', ['ci', '--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: import.meta.dirname,
  })
  if (exitCode !== 0) throw new Error(`npm ci ended with ${exitCode} in ${import.meta.dirname}`)
}

/** `what` is the file, or ranges of it. */
async function mutated(file: string, what: string, tests: string): Promise<MutationReport> {
  mkdirSync(reports, { recursive: true })
  const report = join(reports, `${file.replaceAll('/', '-')}.json`)
  rmSync(report, { force: true })
  const stryker = join(import.meta.dirname, 'node_modules/@stryker-mutator/core/bin/stryker.js')
  const args = ['run', 'tools/mutation/stryker.config.mjs', '--mutate', what]
  const exitCode = await ended('nice', ['-n', '19', process.execPath, stryker, ...args], {
    cwd: root,
    env: { ...process.env, FOREBAY_MUTATION_REPORT: report, FOREBAY_MUTATION_TESTS: tests },
  })
  if (!existsSync(report)) throw new Error(`${file}: no report, Stryker ended with ${exitCode}`)
  return JSON.parse(readFileSync(report, 'utf8')) as MutationReport
}

/** Runs a program, its progress on standard error: standard output is ours. */
function ended(command: string, args: readonly string[], options: { cwd: string; env?: NodeJS.ProcessEnv }) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 2, 2] })
  return new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
}
