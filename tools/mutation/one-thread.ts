import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { build, type BuildOptions, type Plugin } from 'esbuild'
import type { Mutant } from './score.ts'
import { filesOf } from './tests.ts'
import type { Order, Outcome } from './thread.ts'

const root = join(import.meta.dirname, '../..')
/** However fast the tests are, so long a mutant may take before it counts as one that never comes back, ms. */
const LEAST_MS = 10_000

interface Instrumented {
  readonly files: readonly { readonly content: string }[]
  readonly mutants: readonly (Mutant & { readonly id: string })[]
}

/** The mutants of a file, and the tests that could not be used. */
export interface Tried {
  readonly mutants: readonly Mutant[]
  readonly tests: number
  readonly leftOut: number
}

/**
 * Tries each mutant of a file with the tests that reach it, all in one thread: one bundle of the tests and what they
 * import, with every mutant in it and a switch for each. Milliseconds a mutant, where a test runner takes seconds. Tests
 * that fail without a mutant, because they need the test runner itself, are left out.
 */
export async function tryInOneThread(path: string, tests: string, folder: string): Promise<Tried> {
  const { files, mutants } = await instrumented(path)
  const bundles = await bundled(path, files[0]?.content ?? '', tests, folder)
  let thread = new Thread(bundles)
  const first = await thread.run('none', undefined, 10 * 60_000)
  if (first === undefined || first.failed.includes('the bundle')) throw new Error(`${tests}: the tests do not load`)
  const start = performance.now()
  await thread.run('none', undefined, 10 * 60_000)
  const limit = Math.max(LEAST_MS, 4 * (performance.now() - start))
  const usable = new Set(first.passed)
  const atLoad = new Set(first.atLoad)
  const tried: Mutant[] = []
  for (const mutant of mutants) {
    const reaching = atLoad.has(mutant.id)
      ? [...usable]
      : Object.keys(first.reached).filter((test) => usable.has(test) && first.reached[test]?.includes(mutant.id))
    let status = 'NoCoverage'
    if (reaching.length > 0) {
      const outcome = await thread.run(mutant.id, reaching, limit)
      status = outcome === undefined ? 'Timeout' : outcome.failed.length > 0 ? 'Killed' : 'Survived'
      if (outcome === undefined) thread = new Thread(bundles)
    }
    tried.push({ ...mutant, status, location: counted(mutant.location) })
  }
  await thread.end()
  return { mutants: tried, tests: usable.size, leftOut: first.failed.length }
}

/** The instrumenter counts lines and columns from 0, reports from 1. */
function counted({ start, end }: Mutant['location']): Mutant['location'] {
  return {
    start: { line: start.line + 1, column: start.column + 1 },
    end: { line: end.line + 1, column: end.column + 1 },
  }
}

async function instrumented(path: string): Promise<Instrumented> {
  const entry = join(import.meta.dirname, 'node_modules/@stryker-mutator/instrumenter/dist/src/index.js')
  const { Instrumenter } = (await import(pathToFileURL(entry).href)) as {
    Instrumenter: new (logger: object) => {
      instrument(files: readonly object[], options: object): Promise<Instrumented>
    }
  }
  const nothing = (): void => {}
  const no = (): boolean => false
  const log = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing }
  const made = await new Instrumenter({ ...log, isDebugEnabled: no, isTraceEnabled: no }).instrument(
    [{ name: path, mutate: true, content: readFileSync(path, 'utf8') }],
    // As for Stryker itself: a message's wording is no behaviour.
    { excludedMutations: ['StringLiteral'], ignorers: [], plugins: null },
  )
  return { files: made.files, mutants: made.mutants.filter(({ status }) => status !== 'Ignored') }
}

/** Bundles the tests, with the file as it was instrumented, and the thread that runs them. */
async function bundled(path: string, content: string, tests: string, folder: string): Promise<Bundles> {
  mkdirSync(folder, { recursive: true })
  const files = filesOf(tests, root)
  if (files.length === 0) throw new Error(`${tests}: no such tests`)
  const common: BuildOptions = {
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
    // Test files are loaded for what they do, whatever their package says.
    ignoreAnnotations: true,
    banner: {
      js: `import { createRequire as r } from 'node:module';const require=r(${JSON.stringify(import.meta.url)});`,
    },
    plugins: [standIn(path, content)],
  }
  const bundles = { tests: join(folder, 'tests.mjs'), thread: join(folder, 'thread.mjs') }
  const contents = files.map((file) => `import ${JSON.stringify(join(root, file))}`).join('\n')
  await build({ ...common, stdin: { contents, resolveDir: root }, outfile: bundles.tests })
  await build({ ...common, entryPoints: [join(import.meta.dirname, 'thread.ts')], outfile: bundles.thread })
  return bundles
}

interface Bundles {
  readonly tests: string
  readonly thread: string
}

/** The instrumented file for the file; runner and assertions alone for `vitest`, one copy for all bundles. */
function standIn(path: string, content: string): Plugin {
  return {
    name: 'stand in',
    setup(builder) {
      builder.onResolve({ filter: /^vitest$/ }, () => ({ path: join(root, 'tools/repeat/page/vitest-in-page.ts') }))
      builder.onResolve({ filter: /^@vitest\/runner$/ }, () => ({
        path: pathToFileURL(join(root, 'node_modules/@vitest/runner/dist/index.js')).href,
        external: true,
      }))
      builder.onLoad({ filter: /\.ts$/ }, ({ path: file }) =>
        file === path ? { contents: content, loader: 'ts' } : undefined,
      )
    },
  }
}

/** A thread that runs one order after another; one that does not answer in time is ended. */
class Thread {
  readonly #worker: Worker
  readonly #tests: string

  constructor({ tests, thread }: Bundles) {
    this.#tests = pathToFileURL(tests).href
    this.#worker = new Worker(thread)
  }

  /** What became of it; nothing when it never comes back. */
  run(mutant: string, tests: readonly string[] | undefined, withinMs: number): Promise<Outcome | undefined> {
    return new Promise((resolve) => {
      const settle = (outcome: Outcome | undefined): void => {
        clearTimeout(timer)
        this.#worker.off('message', settle).off('error', failed)
        resolve(outcome)
      }
      const failed = (): void => settle(undefined)
      const timer = setTimeout(() => void this.end().then(() => settle(undefined)), withinMs)
      this.#worker.once('message', settle)
      this.#worker.once('error', failed)
      this.#worker.postMessage({ bundle: this.#tests, mutant, tests } satisfies Order)
    })
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}
