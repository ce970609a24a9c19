import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { execute } from '../execute.ts'
import { failuresOf, type DetailedReport, type Round } from './flakes.ts'

const root = join(import.meta.dirname, '../..')
const reports = join(root, 'node_modules/.cache/forebay/repeat')

/** How one round is run. */
export interface RoundOptions {
  /** The Node binary, and its version as `22.23.3`. */
  readonly node: string
  readonly version: string
  readonly seed: number
  /** `core` leaves out what says nothing about a runtime; default `all`. */
  readonly part?: 'all' | 'core'
  /** Random schedules for each subject of the laws; default 70. */
  readonly trials?: number
}

/** Runs the stream suite once, in the order and with the chance of a seed, at most 20 minutes. */
export async function playRound({ node, version, seed, part = 'all', trials = 70 }: RoundOptions): Promise<Round> {
  mkdirSync(reports, { recursive: true })
  const file = join(reports, `node-${version}-${seed}-${process.pid}.json`)
  const start = performance.now()
  const { exitCode, stdout, stderr } = await execute(
    node,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--config',
      'tools/repeat/vitest.config.ts',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ],
    {
      cwd: root,
      env: {
        ...process.env,
        FOREBAY_REPEAT_SEED: String(seed),
        FOREBAY_REPEAT_PART: part,
        FOREBAY_LAW_SEED: String(seed),
        FOREBAY_LAW_TRIALS: String(trials),
      },
      withinMs: 1_200_000,
    },
  )
  const report = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as DetailedReport) : undefined
  rmSync(file, { force: true })
  const tests = report?.testResults.flatMap(({ assertionResults }) => assertionResults) ?? []
  const line = version.split('.')[0]
  return {
    runtime: `Node ${version}`,
    seed,
    passed: tests.filter(({ status }) => status === 'passed').length,
    failures: failuresOf(report, exitCode, stdout + stderr, root),
    ms: Math.round(performance.now() - start),
    replay: `npm run repeat -- --times 0 --node ${line} --node-times 1 --from ${seed}`,
  }
}
