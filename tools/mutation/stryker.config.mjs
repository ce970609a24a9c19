import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Mutation testing of the stream library, started by `npm run mutation -- FILE...`, never in CI. A mutant runs only the
 * tests that reach it, the fastest files first, and stops at the first one that fails.
 */
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'tools/mutation/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  // One at a time: tests measure nothing, but a mutant that hangs is told by its time, and a neighbour would slow it.
  concurrency: 1,
  // Of a mutant that never comes back; under load a healthy one takes several times its own time.
  timeoutMS: 10_000,
  timeoutFactor: 4,
  dryRunTimeoutMinutes: 15,
  // A message's wording is no behaviour: its name, expectation and value are tested where they matter.
  mutator: { excludedMutations: ['StringLiteral'] },
  ignorePatterns: [
    '**',
    '!packages/forebay/**',
    '!tools/mutation/vitest.config.ts',
    '!*.json',
    '**/dist',
    '**/node_modules',
  ],
  // Two that run at once do not clean up after each other.
  tempDirName: join(tmpdir(), `forebay-mutation-${process.pid}`),
  cleanTempDir: 'always',
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: process.env.FOREBAY_MUTATION_REPORT },
  allowConsoleColors: false,
  disableTypeChecks: false,
  // It would be rewritten with the compiler's API, which TypeScript 7 does not have; nothing here reads one.
  tsconfigFile: 'none.json',
}
