import { join } from 'node:path'
import { packageFolders } from '../packages.ts'
import { print, runSteps } from './run-steps.ts'

/** `npm run shape`: every package, packed, is what npm, bundlers and the compiler expect: publint and attw. */
const root = join(import.meta.dirname, '../..')
const bin = join(root, 'node_modules/.bin')
const steps = packageFolders().flatMap((name) => {
  const path = `packages/${name}`
  return [
    { name: `publint ${name}`, command: join(bin, 'publint'), args: ['--strict', path] },
    { name: `attw ${name}`, command: join(bin, 'attw'), args: ['--pack', path, '--profile', 'esm-only'] },
  ]
})
const outcomes = await runSteps(steps, root, print)
process.exitCode = outcomes.every(({ passed }) => passed) ? 0 : 1
