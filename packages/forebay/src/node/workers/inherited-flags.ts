/** Flags that say what the program is, or open a port that a child would want as well. */
const own = /^(?:-[eipc]$|-p?e$|--(?:eval|print|check|interactive|input-type|inspect|watch|test|run)\b)/
/** Those of them whose value stands behind them. */
const withValue = /^(?:-[ep]|-pe|--eval|--print|--input-type|--run)$/

/** The flags of this process that its workers should have as well. A child that got `-e` would be the program once more. */
export function inheritedFlags(flags: readonly string[]): string[] {
  return flags.filter((flag, at) => !own.test(flag) && !withValue.test(flags[at - 1] ?? ''))
}
