/** One test that failed in one round. */
export interface Failure {
  readonly file: string
  readonly test: string
  readonly message: string
}

/** The stream suite, run once. */
export interface Round {
  /** `Node 22.23.3`, `Chromium`. */
  readonly runtime: string
  readonly seed: number
  readonly passed: number
  readonly failures: readonly Failure[]
  readonly ms: number
  /** The line that runs it again. */
  readonly replay: string
}

/** A test that did not always pass. */
export interface Flake extends Failure {
  /** Rounds in which it failed, of those on the runtimes where it failed at all. */
  readonly failed: number
  readonly of: number
  /** It failed every time on a runtime: broken there, not flaky. */
  readonly always: boolean
  readonly runtimes: readonly string[]
  readonly seed: number
  readonly replay: string
}

/** The part of vitest's JSON report that tells what failed. */
export interface DetailedReport {
  readonly success: boolean
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message?: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages?: readonly string[]
    }[]
  }[]
}

/** What failed in a round; a run that is red without a red test is a failure of its own. `root` is taken off the paths. */
export function failuresOf(
  report: DetailedReport | undefined,
  exitCode: number | null,
  output: string,
  root: string,
): Failure[] {
  if (report === undefined)
    return [{ file: '', test: 'the run', message: `no report, exit ${exitCode}: ${tail(output)}` }]
  const failures = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = name.replace(`${root}/`, '')
    const tests = assertionResults
      .filter((each) => each.status === 'failed')
      .map(({ fullName, failureMessages }) => ({ file, test: fullName, message: (failureMessages ?? []).join('\n') }))
    return status === 'failed' && tests.length === 0 ? [{ file, test: 'the file', message: message ?? '' }] : tests
  })
  if (failures.length > 0 || (exitCode === 0 && report.success)) return failures
  return [{ file: '', test: 'outside of every test', message: tail(output) }]
}

/** Every test that failed in some round, once, with the first seed that shows it. */
export function flakesOf(rounds: readonly Round[]): Flake[] {
  const found = new Map<string, { first: Failure; rounds: Round[] }>()
  for (const round of rounds) {
    for (const failure of round.failures) {
      const key = `${failure.file}\n${failure.test}`
      const known = found.get(key) ?? { first: failure, rounds: [] }
      found.set(key, known)
      known.rounds.push(round)
    }
  }
  return [...found.values()].map(({ first, rounds: red }) => {
    const runtimes = [...new Set(red.map(({ runtime }) => runtime))]
    const { seed, replay } = red[0] as Round
    return {
      ...first,
      failed: red.length,
      of: rounds.filter(({ runtime }) => runtimes.includes(runtime)).length,
      always: runtimes.some((name) => rounds.every((round) => round.runtime !== name || red.includes(round))),
      runtimes,
      seed,
      replay,
    }
  })
}

const tail = (output: string): string => output.trim().slice(-2000)
