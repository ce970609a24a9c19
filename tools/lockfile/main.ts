import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { complete } from './complete.ts'
import type { Lockfile } from './complete.ts'

/** `npm run lock`: completes the lock files of the repository and of its benchmarks after an installation that changed one. */
for (const folder of ['.', 'bench']) {
  const path = join(import.meta.dirname, '../..', folder, 'package-lock.json')
  writeFileSync(path, `${JSON.stringify(complete(JSON.parse(readFileSync(path, 'utf8')) as Lockfile), null, 2)}\n`)
}
