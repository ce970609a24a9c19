import { readdirSync } from 'node:fs'

/** The unit tests of the file's layer, and of the kernel's edges the model tests beside the laws: seconds, not minutes. */
export function nearTests(file: string): string {
  const layer = file.split('/')[0]
  const models = ['counted-edge', 'overflow', 'regressions'].map((name) => `packages/forebay/test/laws/${name}.test.ts`)
  return [`packages/forebay/src/${layer}/**/*.test.ts`, ...(layer === 'kernel' ? models : [])].join(' ')
}

/** Whole flows: what is built on the file's layer, contexts, and the ends of a run. For what the near tests do not find. */
export function wideTests(file: string): string {
  const layer = file.split('/')[0]
  const above = layer === 'kernel' ? ['flow', 'gates', 'interop', 'observe', 'testkit'] : ['flow', 'interop']
  const beside = ['test/laws/contexts', 'test/compose/*', 'test/oracles/arrays', 'test/hostile/callbacks']
  return [...above.map((name) => `src/${name}/**/*`), ...beside]
    .map((path) => `packages/forebay/${path}.test.ts`)
    .join(' ')
}

/** The files that patterns name, each once: `*` is a part of a name, `**` any folders. Node 20 has no glob of its own. */
export function filesOf(patterns: string, root: string): string[] {
  const tests = patterns.split(' ').map((pattern) => {
    const escaped = pattern.replaceAll(/[.+^${}()|[\]\\?]/g, String.raw`\$&`)
    return new RegExp(`^${escaped.replaceAll(/\*\*\/|\*/g, (star) => (star === '*' ? '[^/]*' : '(?:[^/]+/)*'))}$`)
  })
  const files = readdirSync(`${root}/packages/forebay`, { recursive: true, encoding: 'utf8' })
  return files
    .map((file) => `packages/forebay/${file.replaceAll('\\', '/')}`)
    .filter((file) => tests.some((test) => test.test(file)))
    .toSorted()
}
