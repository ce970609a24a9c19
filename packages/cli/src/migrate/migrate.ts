import { migrateBottleneck } from './bottleneck.ts'
import { migrateCockatiel } from './cockatiel.ts'
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
 * it is not sure of stays as it is, with a note. Throws `SyntaxError` for what cannot be parsed; `name` tells the language.
 */
export function migrate(name: string, text: string): Migrated {
  const file = new SourceFile(name, text)
  for (const change of [migratePLimit, migratePQueue, migrateBottleneck, migrateOpossum, migrateCockatiel]) change(file)
  const notes = file.notes.toSorted((a, b) => a.line - b.line)
  return { text: file.result(), isChanged: file.changes > 0, notes }
}
