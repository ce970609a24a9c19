import { migrateBottleneck } from './bottleneck.ts'
import { migrateCockatiel } from './cockatiel.ts'
import { replaceImports } from './imports.ts'
import { migrateOpossum } from './opossum.ts'
import { migratePLimit } from './p-limit.ts'
import { migratePQueue } from './p-queue.ts'
import { SourceFile } from './source-file.ts'
import type { Note } from './source-file.ts'

export interface Migrated {
  readonly text: string
  readonly isChanged: boolean
  /** What has to be looked at, by line of the text that was given. */
  readonly notes: readonly Note[]
}

/**
 * Changes what a source file does with p-limit, p-queue, bottleneck, opossum and cockatiel into calls through our gates. Whatever
 * it is not sure of stays as it is, with a note; so does the whole file when the result would not parse. Throws `SyntaxError` for what cannot be parsed; `name` tells the language.
 */
export function migrate(name: string, text: string): Migrated {
  const file = new SourceFile(name, text)
  const migrations = [migratePLimit, migratePQueue, migrateBottleneck, migrateOpossum, migrateCockatiel]
  replaceImports(
    file,
    migrations.flatMap((change) => change(file) ?? []),
  )
  const result = file.result()
  const flaw = file.isChanged ? file.flawOf(result) : undefined
  if (flaw !== undefined) {
    const message = `nothing was changed, since what came of it would be no program (${flaw}): change the file by hand`
    return { text, isChanged: false, notes: [{ line: 1, message }] }
  }
  return { text: result, isChanged: file.isChanged, notes: file.notes.toSorted((a, b) => a.line - b.line) }
}
