import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { build, type Metafile, type Plugin } from 'esbuild'

const root = join(import.meta.dirname, '../..')
const folders = ['kernel', 'flow', 'gates', 'queue', 'interop', 'observe', 'testkit'].map((name) => `src/${name}`)
const also = ['test/laws', 'test/contract', 'test/oracles']

/** Take what only Node's module loader has. */
const beyondPages = ['packages/forebay/src/flow/generated-code.test.ts']

/** The tests of the core, made for a page. */
export interface PageFiles {
  /** Test file, relative to the repository, and the name of its bundle. */
  readonly tests: Readonly<Record<string, string>>
  /** Test files that were left out, each with what it needs. */
  readonly left: readonly { readonly file: string; readonly needs: string }[]
  readonly bundles: ReadonlyMap<string, Uint8Array>
}

/** Test files of everything that runs in every runtime, from the root of the repository. */
function coreTests(): string[] {
  return [...folders, ...also].flatMap((folder) => testsIn(join(root, 'packages/forebay', folder)))
}

/** Bundles the test files whose imports stay clear of Node, with one shared copy of the library. */
export async function bundleForPages(
  law: { seed: number; trials: number },
  files: readonly string[] = coreTests(),
): Promise<PageFiles> {
  const analysed = await bundled(files, law)
  const needs = new Map(files.map((file) => [file, needsOf(file, analysed.metafile)]))
  const able = files.filter((file) => needs.get(file) === undefined)
  const made = await bundled(able, law)
  const entryOf = new Map(
    Object.entries(made.metafile.outputs).flatMap(([path, { entryPoint }]) =>
      entryPoint === undefined ? [] : [[entryPoint, relative('out', path)]],
    ),
  )
  return {
    tests: Object.fromEntries(able.map((file) => [file, `/${entryOf.get(file)}`])),
    left: files.flatMap((file) => {
      const reason = needs.get(file)
      return reason === undefined ? [] : [{ file, needs: reason }]
    }),
    bundles: new Map(made.outputFiles.map(({ path, contents }) => [`/${relative(join(root, 'out'), path)}`, contents])),
  }
}

function testsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !name.endsWith('.e2e.test.ts'))
    .map((name) => relative(root, join(folder, name)))
    .toSorted()
}

function bundled(tests: readonly string[], law: { seed: number; trials: number }) {
  return build({
    entryPoints: [...tests, 'tools/repeat/page/run-tests.ts'],
    absWorkingDir: root,
    outdir: 'out',
    outbase: '.',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2023',
    write: false,
    metafile: true,
    logLevel: 'error',
    external: ['node:*'],
    alias: {
      vitest: './tools/repeat/page/vitest-in-page.ts',
      'node:v8': './tools/repeat/page/collect-garbage.ts',
      'node:vm': './tools/repeat/page/collect-garbage.ts',
    },
    define: {
      'process.env': JSON.stringify({ FOREBAY_LAW_SEED: String(law.seed), FOREBAY_LAW_TRIALS: String(law.trials) }),
    },
    plugins: [subjectsInside],
  })
}

/** The families are found by reading a folder; a page is given the list of its files instead. */
const subjectsInside: Plugin = {
  name: 'subjects-inside',
  setup(bundler) {
    bundler.onLoad({ filter: /test\/laws\/families\.ts$/ }, ({ path }) => {
      const names = readdirSync(join(dirname(path), 'subjects'))
        .filter((name) => name.endsWith('.ts'))
        .toSorted()
      const imports = names.map((name, at) => `import * as family${at} from './subjects/${name}'`)
      const rows = names.map((name, at) => `['${name.replace('.ts', '')}', family${at}]`)
      return {
        loader: 'ts',
        resolveDir: dirname(path),
        contents: `${imports.join('\n')}
export const families = async () => [${rows.join(', ')}].map(([name, lists]) => ({
  name, intro: '', source: '', subjects: Object.values(lists).filter(Array.isArray).flat(),
}))
export const cardsOf = ({ subjects }) => subjects.filter(({ card }) => card !== undefined)`,
      }
    })
  },
}

/** What of Node a test file reaches through its imports. */
function needsOf(file: string, { inputs }: Metafile): string | undefined {
  if (beyondPages.includes(file)) return 'the module loader of vitest'
  const seen = new Set([file])
  for (const path of seen) {
    for (const { path: next, external } of inputs[path]?.imports ?? []) {
      if (external === true && next.startsWith('node:')) return `${next} (${path})`
      if (external !== true) seen.add(next)
    }
  }
  const own = readFileSync(join(root, file), 'utf8')
  // A file that asks whether there are Buffers knows what to do without.
  const globals = own.includes('typeof Buffer')
    ? /\bprocess\.|\bsetImmediate\b/
    : /\bprocess\.|\bsetImmediate\b|\bBuffer\./
  const used = globals.exec(own)?.[0]
  return used === undefined ? undefined : `the global ${used.replace('.', '')}`
}
