import { join } from 'node:path'
import { print, runSteps } from './run-steps.ts'
import type { Step } from './run-steps.ts'

/**
 * `npm run check`: all that a change must pass besides the tests. Each step is an npm script of its own name; all run,
 * so that one red step does not hide the next, except that nothing can be measured where the build is red.
 */
const root = join(import.meta.dirname, '../..')
const script = (name: string): Step => ({ name, command: 'npm', args: ['run', '--silent', name] })

const built = await runSteps([script('build')], root, print)
const isBuilt = built.every(({ passed }) => passed)
const rest = ['lint', 'format:check', ...(isBuilt ? ['types', 'unused', 'shape', 'size'] : [])]
const outcomes = [...built, ...(await runSteps(rest.map(script), root, print))]
process.exitCode = outcomes.every(({ passed }) => passed) ? 0 : 1
