import { startTests, type File, type Task, type VitestRunner } from '@vitest/runner'
import { configureGlobal } from 'fast-check'

declare const window: {
  addEventListener(type: string, listener: (event: { reason?: Error; error?: Error }) => void): void
}

/** What a page tells of its round. */
export interface PageReport {
  readonly passed: number
  readonly skipped: number
  readonly failures: readonly { readonly file: string; readonly test: string; readonly message: string }[]
}

/** Runs test files, by the addresses of their bundles, one after another in the order that the seed gives. */
async function runTests(files: Readonly<Record<string, string>>, seed: number): Promise<PageReport> {
  configureGlobal({ seed })
  const outside: string[] = []
  for (const type of ['unhandledrejection', 'error']) {
    window.addEventListener(type, ({ reason, error = reason }) => outside.push(String(error?.stack ?? error)))
  }
  const runner = {
    config: {
      root: '/',
      setupFiles: [],
      name: 'page',
      passWithNoTests: false,
      testNamePattern: undefined,
      allowOnly: false,
      sequence: { shuffle: true, seed, hooks: 'stack', setupFiles: 'list' },
      chaiConfig: undefined,
      maxConcurrency: 5,
      testTimeout: 60_000,
      hookTimeout: 60_000,
      retry: 0,
      includeTaskLocation: false,
      tags: [],
      tagsFilter: undefined,
      strictTags: false,
    },
    importFile: (path: string) => import(files[path] as string),
  } satisfies VitestRunner
  const failures: PageReport['failures'][number][] = []
  const count = { passed: 0, skipped: 0 }
  const visit = (task: Task, names: readonly string[], file: File): void => {
    const all = [...names, task.name]
    const error = task.result?.errors?.[0]
    if (task.type === 'suite') for (const child of task.tasks) visit(child, all, file)
    else if (task.result?.state === 'pass') count.passed++
    else if (task.result?.state !== 'fail') count.skipped++
    if (error === undefined) return
    failures.push({
      file: file.filepath,
      test: all.join(' '),
      message: [error.message, error.diff, error.stack].filter(Boolean).join('\n'),
    })
  }
  for (const file of await startTests(Object.keys(files), runner)) {
    for (const task of file.tasks) visit(task, [], file)
    const error = file.result?.errors?.[0]
    if (error !== undefined) failures.push({ file: file.filepath, test: 'the file', message: error.message })
  }
  for (const message of outside) failures.push({ file: '', test: 'outside of every test', message })
  return { ...count, failures }
}

Object.assign(globalThis, { runTests })
