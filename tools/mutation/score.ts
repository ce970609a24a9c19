/** The part of Stryker's report that tells what was found. */
export interface MutationReport {
  readonly files: Readonly<Record<string, { readonly mutants: readonly Mutant[] }>>
}

interface Mutant {
  readonly mutatorName: string
  readonly replacement?: string
  readonly status: string
  readonly location: { readonly start: { readonly line: number } }
}

/** How much of what was changed the tests have found. */
export interface Score {
  readonly mutants: number
  readonly found: number
  /** Found because nothing came back. */
  readonly timedOut: number
  readonly percent: number
  readonly survivors: readonly { readonly line: number; readonly mutator: string; readonly replacement: string }[]
}

/** Counts mutants. What no test reaches survives; what does not compile or was told to be ignored is no mutant. */
export function scoreOf({ files }: MutationReport): Score {
  const all = Object.values(files)
    .flatMap(({ mutants }) => mutants)
    .filter(({ status }) => ['Killed', 'Timeout', 'Survived', 'NoCoverage'].includes(status))
  const survivors = all.filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
  const found = all.length - survivors.length
  return {
    mutants: all.length,
    found,
    timedOut: all.filter(({ status }) => status === 'Timeout').length,
    percent: all.length === 0 ? 100 : (100 * found) / all.length,
    survivors: survivors.map(({ location, mutatorName, replacement = '' }) => ({
      line: location.start.line,
      mutator: mutatorName,
      replacement,
    })),
  }
}
