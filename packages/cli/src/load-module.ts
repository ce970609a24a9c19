import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createJiti } from 'jiti'
import { UsageError } from './errors/exit-codes.ts'
import { syntaxError } from './errors/flow-syntax-error.ts'

/** The exports of a user's JavaScript or TypeScript file. Node without type stripping gets its TypeScript through jiti. */
export async function loadModule(file: string): Promise<Record<string, unknown>> {
  const path = resolve(file)
  if (!existsSync(path)) throw new UsageError(`there is no file ${file}`)
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
