import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { complete } from './complete.ts'
import type { Lockfile } from './complete.ts'

/** `npm run lock`: completes package-lock.json after an installation that changed it. */
const path = join(import.meta.dirname, '../../package-lock.json')
writeFileSync(path, `${JSON.stringify(complete(JSON.parse(readFileSync(path, 'utf8')) as Lockfile), null, 2)}\n`)
