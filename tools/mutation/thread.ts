import { parentPort } from 'node:worker_threads'
import { startTests, type File, type Task, type Test, type VitestRunner } from '@vitest/runner'

/** What to run: with `mutant` switched on, the tests of a bundle, or those named. */
export interface Order {
  readonly bundle: string
  readonly mutant: string
  readonly tests: readonly string[] | undefined
}

/** What became of it. */
export interface Outcome {
  readonly passed: readonly string[]
  readonly failed: readonly string[]
  /** Mutants that were reached while the bundle was loaded, and by each test. */
  readonly atLoad: readonly string[]
  readonly reached: Readonly<Record<string, readonly string[]>>
}

/** What instrumented code reads and writes. */
interface Switches {
  activeMutant?: string
  currentTestId?: string | undefined
  hitCount?: number
  hitLimit?: number
  mutantCoverage?: { static: Record<string, number>; perTest: Record<string, Record<string, number>> } | undefined
}

/** A mutant that is passed so often runs for ever. */
const HIT_LIMIT = 1_000_000

const scope = globalThis as unknown as { __stryker__?: Switches }
let loads = 0

// A mutant may leave promises that nobody looks at.
process.on('unhandledRejection', () => {})

parentPort?.on('message', (order: Order) => {
  void run(order).then((outcome) => parentPort?.postMessage(outcome))
})

async function run({ bundle, mutant, tests }: Order): Promise<Outcome> {
  const switches = (scope.__stryker__ ??= {})
  Object.assign(switches, { activeMutant: mutant, hitCount: 0, hitLimit: HIT_LIMIT, mutantCoverage: undefined })
  switches.currentTestId = undefined
  const wanted = tests === undefined ? undefined : new Set(tests)
  let isOver = false
  const runner = {
    config: {
      root: '/',
      setupFiles: [],
      name: 'mutation',
      passWithNoTests: true,
      testNamePattern: undefined,
      allowOnly: false,
      sequence: { shuffle: false, seed: 1, hooks: 'stack', setupFiles: 'list' },
      chaiConfig: undefined,
      maxConcurrency: 1,
      testTimeout: 20_000,
      hookTimeout: 20_000,
      retry: 0,
      includeTaskLocation: false,
      tags: [],
      tagsFilter: undefined,
      strictTags: false,
    },
    // Loaded anew for each mutant: some change what a module does when it is loaded.
    importFile: (path: string) => import(`${path}?load=${loads++}`),
    onBeforeRunTask: (test: Test) => {
      switches.currentTestId = test.id
      if (isOver || wanted?.has(test.id) === false) test.mode = 'skip'
    },
    onAfterRunTask: (test: Test) => {
      if (wanted !== undefined && test.result?.state === 'fail') isOver = true
    },
  } satisfies VitestRunner
  const files = await startTests([bundle], runner)
  const all = files.flatMap(testsOf)
  const states = (state: string): string[] => all.filter(({ result }) => result?.state === state).map(({ id }) => id)
  const broken = files.some(({ result, tasks }) => result?.errors !== undefined && tasks.length === 0)
  const { static: atLoad = {}, perTest = {} } = switches.mutantCoverage ?? {}
  return {
    passed: states('pass'),
    failed: broken ? ['the bundle'] : states('fail'),
    atLoad: Object.keys(atLoad),
    reached: Object.fromEntries(Object.entries(perTest).map(([test, hits]) => [test, Object.keys(hits)])),
  }
}

function testsOf(task: File | Task): Test[] {
  return task.type === 'suite' ? task.tasks.flatMap(testsOf) : [task]
}
