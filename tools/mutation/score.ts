/** The part of Stryker's report that tells what was found. */
export interface MutationReport {
  readonly files: Readonly<Record<string, { readonly mutants: readonly Mutant[] }>>
}

interface Position {
  readonly line: number
  readonly column: number
}

/** One small change. */
export interface Mutant {
  readonly mutatorName: string
  readonly replacement?: string
  readonly status: string
  readonly location: { readonly start: Position; readonly end: Position }
}

/** How much of what was changed the tests have found. */
export interface Score {
  readonly mutants: number
  readonly found: number
  /** Found because nothing came back. */
  readonly timedOut: number
  /** Not found beside the source, and not among those that were tried with whole flows. */
  readonly untried: number
  /** Found of all; of what was not tried, the share that was found of the sample. */
  readonly percent: number
  readonly survivors: readonly { readonly line: number; readonly mutator: string; readonly replacement: string }[]
}

/** The mutants of a report; what does not compile or was told to be ignored is none. */
export function mutantsOf({ files }: MutationReport): Mutant[] {
  return Object.values(files)
    .flatMap(({ mutants }) => mutants)
    .filter(({ status }) => ['Killed', 'Timeout', 'Survived', 'NoCoverage'].includes(status))
}

/** What no test reaches survives. */
export function survives({ status }: Mutant): boolean {
  return status === 'Survived' || status === 'NoCoverage'
}

/** At most so many mutants, evenly spread over the file. */
export function sampleOf(mutants: readonly Mutant[], most: number): Mutant[] {
  const share = Math.min(1, most / mutants.length)
  return mutants.filter((_, at) => Math.floor((at + 1) * share) > Math.floor(at * share))
}

/** The mutants as ranges that Stryker takes, whose columns start at 0. */
export function rangesOf(file: string, mutants: readonly Mutant[]): string {
  const ranges = mutants.map(
    ({ location: { start, end } }) =>
      `packages/forebay/src/${file}:${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`,
  )
  return [...new Set(ranges)].join(',')
}

/** Counts mutants; `again` says which survivors were tried with other tests, and what became of them. */
export function scoreOf(
  near: readonly Mutant[],
  again: { readonly sample: readonly Mutant[]; readonly wide: readonly Mutant[] } = { sample: [], wide: [] },
): Score {
  const later = new Map(again.wide.map((mutant) => [keyOf(mutant), mutant]))
  const sampled = new Set(again.sample.map(keyOf))
  const all = near.map((mutant) => (survives(mutant) ? (later.get(keyOf(mutant)) ?? mutant) : mutant))
  const survivors = all.filter(survives)
  const untried = sampled.size === 0 ? 0 : survivors.filter((mutant) => !later.has(keyOf(mutant))).length
  const foundLater = again.sample.filter((mutant) => !survives(later.get(keyOf(mutant)) ?? mutant)).length
  const found = all.length - survivors.length
  const expected = found + (sampled.size === 0 ? 0 : (untried * foundLater) / sampled.size)
  return {
    mutants: all.length,
    found,
    timedOut: all.filter(({ status }) => status === 'Timeout').length,
    untried,
    percent: all.length === 0 ? 100 : (100 * expected) / all.length,
    survivors: survivors
      .filter((mutant) => untried === 0 || later.has(keyOf(mutant)))
      .map(({ location, mutatorName, replacement = '' }) => ({
        line: location.start.line,
        mutator: mutatorName,
        replacement,
      })),
  }
}

function keyOf({ mutatorName, replacement, location: { start, end } }: Mutant): string {
  return [start.line, start.column, end.line, end.column, mutatorName, replacement].join('|')
}
