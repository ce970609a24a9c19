import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
/** Test files run in processes of their own, so skips meet in a folder: one file each, listed last by `npm test`. */
const folder = join(import.meta.dirname, '../../node_modules/.cache/forebay/skips')
/** Notes that something could not be tested. Throws instead when `FOREBAY_REQUIRE_ALL=1`: there a skip is a failure. */
export function recordSkip(skip, into = folder) {
  if (process.env['FOREBAY_REQUIRE_ALL'] === '1') {
    throw new Error(`${skip.what}: ${skip.reason} (FOREBAY_REQUIRE_ALL=1 allows no skip). Type: ${skip.command}`)
  }
  mkdirSync(into, { recursive: true })
  writeFileSync(join(into, `${skip.what.replaceAll(/[^\w.-]+/g, '-')}.json`), JSON.stringify(skip))
  console.warn(`skipped: ${skip.what}: ${skip.reason}. To run it: ${skip.command}`)
}
/** Every skip noted since {@link clearSkips}, by name. */
export function readSkips(from = folder) {
  if (!existsSync(from)) return []
  return readdirSync(from)
    .toSorted()
    .map((name) => JSON.parse(readFileSync(join(from, name), 'utf8')))
}
export function clearSkips(at = folder) {
  rmSync(at, { recursive: true, force: true })
}
