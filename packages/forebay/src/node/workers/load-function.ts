import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { WorkerCall } from './worker-call.ts'

/** What a module exports for `mapWorker`. */
export type WorkFunction = (value: unknown, call: WorkerCall) => unknown

type Loaded = Readonly<Record<string, unknown>>

/**
 * The function that a worker is to run. Where Node does not take TypeScript itself, jiti loads it, if it is installed
 * beside the module, beside the program, or as a part of the `forebay` command.
 */
export async function loadFunction(url: string, name: string): Promise<WorkFunction> {
  const loaded = await load(url)
  const found = name === 'default' ? (loaded['default'] ?? loaded['module.exports']) : loaded[name]
  if (typeof found !== 'function') {
    throw new TypeError(
      `${url}: expected a function as export '${name}', got ${found === null ? 'null' : typeof found}`,
    )
  }
  return found as WorkFunction
}

async function load(url: string): Promise<Loaded> {
  const strips = Boolean((process.features as { typescript?: unknown }).typescript)
  if (!/\.[cm]?tsx?$/.test(new URL(url).pathname) || strips) return (await import(url)) as Loaded
  const path = fileURLToPath(url)
  for (const from of [path, process.argv[1], fileURLToPath(import.meta.url)]) {
    if (from === undefined) continue
    let jiti: string
    try {
      jiti = createRequire(from).resolve('jiti')
    } catch {
      continue
    }
    const { createJiti } = createRequire(from)(jiti) as { createJiti: (from: string, options: object) => Jiti }
    return createJiti(path, { interopDefault: false }).import(path)
  }
  throw new TypeError(`${url}: this version of Node takes no TypeScript; use Node 22.18 or later, or install jiti`)
}

interface Jiti {
  import(path: string): Promise<Loaded>
}
