import { readFile, writeFile } from 'node:fs/promises'
import { EXIT, UsageError } from '../errors/exit-codes.ts'
import { parseOptions } from '../parse-options.ts'
import { migrate } from './migrate.ts'
import type { Migrated } from './migrate.ts'

/** `forebay migrate FILE…`. */
export async function migrateCommand(args: string[]): Promise<number> {
  const options = { write: { type: 'boolean' }, json: { type: 'boolean' } } as const
  const { values, positionals } = parseOptions({ args, options, allowPositionals: true })
  if (positionals.length === 0) throw new UsageError('which files?')
  let isFailed = false
  const found: ({ file: string } & Migrated)[] = []
  for (const file of positionals) {
    try {
      found.push({ file, ...migrate(file, await readFile(file, 'utf8')) })
    } catch (error) {
      isFailed = true
      process.stderr.write(`${file}: ${(error as Error).message}\n`)
    }
  }
  const changed = found.filter(({ isChanged }) => isChanged)
  if (values.write === true) for (const { file, text } of changed) await writeFile(file, text)
  for (const { file, notes } of found) {
    for (const { line, message } of notes) process.stderr.write(`${file}:${line}: ${message}\n`)
  }
  if (values.json === true) process.stdout.write(`${JSON.stringify(found)}\n`)
  else if (values.write !== true) for (const { text } of changed) process.stdout.write(text)
  const what = values.write === true ? 'changed' : 'would change'
  process.stderr.write(`${what} ${changed.length} of ${positionals.length} files\n`)
  return isFailed ? EXIT.failed : EXIT.ok
}
