import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Program } from 'forebay'
import { createJiti } from 'jiti'
import type { Beside } from './beside.ts'
import { UsageError } from './errors/exit-codes.ts'
import { syntaxError } from './errors/flow-syntax-error.ts'

/** The exports of a flow file: a program, as `default` or `program`, and perhaps more. */
export interface FlowFile {
  readonly program: Program
  /** Where its durable edges live, if the command line does not say. */
  readonly store: string | undefined
  readonly beside: Beside
}

/**
 * Loads a user's flow from a JavaScript or TypeScript file. Loading runs nothing: a program is a blueprint.
 * Node without type stripping gets its TypeScript through jiti.
 */
export async function loadFlowFile(file: string): Promise<FlowFile> {
  const path = resolve(file)
  if (!existsSync(path)) throw new UsageError(`there is no file ${file}`)
  const exported = await load(path)
  const program = [exported['default'], exported['program']].find(isProgram)
  if (program === undefined) {
    throw new UsageError(`${file}: the default export (or one named 'program') must be a Program: flow(…)….to(sink)`)
  }
  const { store, beside } = exported
  return { program, store: typeof store === 'string' ? store : undefined, beside: (beside ?? {}) as Beside }
}

async function load(path: string): Promise<Record<string, unknown>> {
  const { href } = pathToFileURL(path)
  const hasTypes = /\.[cm]?tsx?$/.test(path)
  const strips = Boolean((process.features as { typescript?: unknown }).typescript)
  try {
    if (!hasTypes || strips) return (await import(href)) as Record<string, unknown>
    return await createJiti(import.meta.url, { interopDefault: false }).import<Record<string, unknown>>(path)
  } catch (error) {
    throw syntaxError(error, href) ?? error
  }
}

/** By shape, so that a program made with another installed copy of the library runs too. */
function isProgram(value: unknown): value is Program {
  if (value instanceof Program) return true
  const candidate = value as Partial<Program> | null | undefined
  return (
    typeof candidate === 'object' && candidate !== null && typeof candidate.run === 'function' && 'plan' in candidate
  )
}
