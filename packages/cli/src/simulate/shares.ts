import { percent, type Comparison } from 'forebay/simulate'

/** Who was answered in time, of every strategy: the first row has the names. Empty when the workload names nobody. */
export function sharesOf({ outcomes }: Comparison): string[][] {
  const names = [...new Set(outcomes.flatMap(({ shares = {} }) => Object.keys(shares)))].toSorted()
  if (names.length === 0) return []
  const rows = outcomes.map(({ strategy, shares = {} }) => [
    strategy,
    ...names.map((name) => {
      const { arrived = 0, inTime = 0 } = shares[name] ?? {}
      return arrived === 0 ? '–' : percent(inTime / arrived)
    }),
  ])
  return [['done in time', ...names], ...rows]
}
