import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A source to compile: its path below the folder, without extension, and its text. */
export interface Source {
  readonly path: string
  readonly language: 'ts' | 'js'
  readonly text: string
}

export interface Compiled {
  /** What the compiler says about each source, by path; a source without an entry is sound. */
  readonly errors: ReadonlyMap<string, string>
  /** The runnable file of a source. */
  readonly fileOf: (path: string) => string
}

const compiler = join(import.meta.dirname, '../../node_modules/typescript/bin/tsc')

/**
 * Type-checks and emits `sources` in `folder` with the strictness a careful user has. Packages are resolved from
 * `folder` upward, so a folder of this repository sees the built workspaces and an installed project its own modules.
 */
export async function compile(sources: readonly Source[], folder: string, typeRoot: string): Promise<Compiled> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'src'), { recursive: true })
  const config = {
    compilerOptions: {
      target: 'es2022',
      module: 'nodenext',
      moduleDetection: 'force',
      lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable', 'esnext.disposable'],
      types: ['node'],
      typeRoots: [typeRoot],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      allowJs: true,
      skipLibCheck: false,
      rootDir: 'src',
      outDir: 'js',
    },
    include: ['src'],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }))
  for (const { path, language, text } of sources) {
    const file = join(folder, 'src', `${path}.${language}`)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${text}\n`)
  }
  const output = sources.length === 0 ? '' : await typescript(folder)
  return { errors: byPath(output), fileOf: (path) => join(folder, 'js', `${path}.js`) }
}

function typescript(folder: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], { cwd: folder }, (_error, stdout) =>
      resolve(stdout),
    )
  })
}

/** A line without a file, such as a broken configuration, is an error of every source: it stands under the empty path. */
function byPath(output: string): Map<string, string> {
  const errors = new Map<string, string>()
  let path = ''
  let ignored = false
  for (const line of output.split('\n').filter((text) => text !== '')) {
    // Our own declarations are checked too; those of @types contradict each other when the DOM is there as well.
    if (!line.startsWith(' ')) ignored = line.includes('node_modules/@types/')
    if (ignored) continue
    const match = /^src\/(.+)\.[tj]s\((\d+),\d+\): (.*)$/.exec(line)
    if (match !== null) path = match[1] ?? ''
    else if (!line.startsWith(' ')) path = ''
    const text = match === null ? line : `line ${match[2]}: ${match[3]}`
    const before = errors.get(path)
    errors.set(path, before === undefined ? text : `${before}\n${text}`)
  }
  return errors
}
