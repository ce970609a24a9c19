import { aptCommand, aptInstall } from './apt-install.ts'
import { findBinary } from './find-binary.ts'
import { recipes } from './recipes.ts'
import type { Recipe, ServiceName } from './recipes.ts'
import { recordSkip } from './skips.ts'
import type { Skip } from './skips.ts'

/** A program that a test asked for. */
export interface Service {
  readonly name: string
  readonly available: boolean
  /** The binary; empty when it is not available. */
  readonly path: string
}

const asked = new Map<ServiceName, Promise<Service>>() // bounded: one entry per recipe

/**
 * Finds the program `name` for a test, or installs it, or notes a skip that `npm test` lists last.
 * With `FOREBAY_REQUIRE_ALL=1` a missing program throws. Call it at the top of a test file, where no timeout runs:
 *
 * ```ts
 * const chromium = await requireService('chromium')
 * describe.skipIf(!chromium.available)('the console', () => { ... chromium.path ... })
 * ```
 */
export function requireService(name: ServiceName): Promise<Service> {
  const known = asked.get(name)
  if (known !== undefined) return known
  const service = provide(name, recipes[name])
  asked.set(name, service)
  return service
}

/** What {@link requireService} does for one recipe. */
export async function provide(
  name: string,
  recipe: Recipe,
  noteSkip: (skip: Skip) => void = recordSkip,
): Promise<Service> {
  const found = await findBinary(recipe)
  if (found !== undefined) return { name, available: true, path: found }
  const reason = await install(recipe)
  const installed = reason === undefined ? await findBinary(recipe) : undefined
  if (installed !== undefined) return { name, available: true, path: installed }
  noteSkip({
    what: name,
    reason: reason ?? `${recipe.packages.join(' ')} is installed, but no binary of it answers`,
    command: aptCommand(recipe.packages),
  })
  return { name, available: false, path: '' }
}

/** Why `recipe` could not be installed; undefined when it was. */
async function install(recipe: Recipe): Promise<string | undefined> {
  const named = process.env[recipe.variable]
  if (named !== undefined && named !== '') return `${recipe.variable} names ${named}, which does not answer`
  const { installed, reason } = await aptInstall(recipe.packages)
  return installed ? undefined : reason
}
