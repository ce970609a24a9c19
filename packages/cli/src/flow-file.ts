import { Program } from 'forebay'
import type { Beside } from './beside.ts'
import { UsageError } from './errors/exit-codes.ts'
import { loadModule } from './load-module.ts'

/** The exports of a flow file: a program, as `default` or `program`, and perhaps more. */
export interface FlowFile {
  readonly program: Program
  /** Where its durable edges live, if the command line does not say. */
  readonly store: string | undefined
  readonly beside: Beside
}

/**
 * Loads a user's flow from a JavaScript or TypeScript file. Loading runs nothing: a program is a blueprint.
 */
export async function loadFlowFile(file: string): Promise<FlowFile> {
  const exported = await loadModule(file)
  const program = [exported['default'], exported['program']].find(isProgram)
  if (program === undefined) {
    throw new UsageError(`${file}: the default export (or one named 'program') must be a Program: flow(…)….to(sink)`)
  }
  const { store, beside } = exported
  return { program, store: typeof store === 'string' ? store : undefined, beside: (beside ?? {}) as Beside }
}

/** By shape, so that a program made with another installed copy of the library runs too. */
function isProgram(value: unknown): value is Program {
  if (value instanceof Program) return true
  const candidate = value as Partial<Program> | null | undefined
  return (
    typeof candidate === 'object' && candidate !== null && typeof candidate.run === 'function' && 'plan' in candidate
  )
}
