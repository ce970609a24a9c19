const empty = ['utils', 'util', 'types', 'helpers', 'helper', 'common', 'misc', 'shared', 'constants']

/** What is wrong with the name of a source file; undefined when nothing is. */
export function nameFault(name: string): string | undefined {
  const [stem = '', ...suffixes] = name.split('.')
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(stem)) return 'not in kebab case'
  if (empty.includes(stem) && !suffixes.includes('config')) return 'says nothing about what is in it'
  return undefined
}

/** Whether a source holds re-exports and comments only. */
export function isBarrel(source: string): boolean {
  const code = source
    .replaceAll(/\/\*[^]*?\*\//g, '')
    .replaceAll(/\/\/.*/g, '')
    .replaceAll(/export (type )?(\*( as \w+)?|\{[^}]*\}) from '[^']+'/g, '')
    .replaceAll(/export \{\s*\}/g, '')
  return code.trim() === ''
}

const faults: readonly (readonly [RegExp, string])[] = [
  [/\/[/*].*\b(TODO|FIXME|XXX|HACK)\b|^\s*\*.*\b(TODO|FIXME|XXX|HACK)\b/m, 'something is left for later'],
  [/\b(test|it|describe)\.only\(/, 'a focused test hides the others'],
  [/\b(test|it|describe)\.(skip|todo)\(/, 'a test that never runs'],
  [/@ts-(ignore|nocheck)/, 'hidden from the compiler'],
  [/\b(eslint|oxlint)-disable(?!-next-line)/, 'a whole file hidden from the linter'],
]

/** What must not be left behind in the text of a source file. */
export function textFaults(source: string): string[] {
  return faults.filter(([pattern]) => pattern.test(source)).map(([, fault]) => fault)
}
