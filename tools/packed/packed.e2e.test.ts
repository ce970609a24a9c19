import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compile } from '../docs/compile.ts'
import type { Compiled, Source } from '../docs/compile.ts'
import { checkedOf, snippetsOf } from '../docs/snippets.ts'
import { execute } from '../execute.ts'
import { recordSkip } from '../services/skips.ts'
import { nodeVersions, provideNode, reasonOf } from './node-versions.ts'
import { emptyProject, install, packAll, packages } from './project.ts'

/**
 * The packages as a user gets them: packed, installed in an empty project, type-checked there, and run on every Node
 * line that we support. Nothing here can see the sources.
 */
const root = join(import.meta.dirname, '../..')
const all = packages()
const subpaths = all.flatMap((each) => each.subpaths)
const snippets = readmeSnippets()
const project = emptyProject()
const nodes = new Map<string, string>()
let compiled: Compiled
let isInstalled = false

interface ReadmeSnippet extends Source {
  readonly line: number
  readonly runs: boolean
  readonly output: string | undefined
}

/** The library snippets of the README. Shell commands are about the repository and are not for an installed package. */
function readmeSnippets(): ReadmeSnippet[] {
  const page = join(root, 'README.md')
  const blocks = existsSync(page) ? checkedOf(snippetsOf(readFileSync(page, 'utf8'))) : []
  return blocks.flatMap(({ language, source, line, tags, output }) =>
    language === 'ts' || language === 'js'
      ? [{ path: `readme/L${line}`, language, text: source, line, runs: !tags.includes('no-run'), output }]
      : [],
  )
}

beforeAll(async () => {
  expect(existsSync(join(root, 'packages/forebay/dist/index.js')), 'run `npm run build` first').toBe(true)
  const tarballs = await packAll(project)
  expect(tarballs).toHaveLength(all.length)
  const bare = await install(project, tarballs)
  isInstalled = bare.exitCode === 0
  if (!isInstalled) {
    const isOffline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED/.test(bare.stderr)
    if (!isOffline) throw new Error(`the tarballs do not install:\n${bare.stderr}`)
    recordSkip({
      what: 'packed packages',
      reason: reasonOf(bare.stderr),
      command: 'npm test, with a registry in reach',
    })
  }
}, 420_000)

afterAll(() => rmSync(project, { recursive: true, force: true }))

test('a tarball holds neither tests nor build state', async () => {
  for (const { name } of all) {
    const { stdout } = await execute('npm', ['pack', '--dry-run', '--json', '--workspace', name], {
      cwd: root,
      withinMs: 60_000,
    })
    const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }]
    expect(files.filter(({ path }) => /\.test\.|\.tsbuildinfo$|node_modules/.test(path))).toEqual([])
    expect(
      files.some(({ path }) => path.startsWith('dist/')),
      `${name} packs its build`,
    ).toBe(true)
  }
})

test.for(all.map(({ name }) => name).filter((name) => subpaths.includes(name)))(
  '%s imports by its own name without any optional peer',
  async (name, context) => {
    if (!isInstalled) context.skip()
    expect(await imports(process.execPath, name)).toMatchObject({ exitCode: 0, stderr: '' })
  },
)

describe('with the optional peers', () => {
  beforeAll(async () => {
    if (!isInstalled) return
    // The declarations of the Kafka driver need these and do not bring them.
    const theirTypes = '@types/debug@4.1.12'
    const peers = await install(project, [...new Set(all.flatMap((each) => each.peers)), theirTypes])
    expect(peers.exitCode, peers.stderr).toBe(0)
    const barrels: Source[] = subpaths.map((subpath) => ({
      path: `imports/${subpath}`,
      language: 'ts',
      text: `import * as all from '${subpath}'\nexport const names: readonly string[] = Object.keys(all)`,
    }))
    compiled = await compile([...barrels, ...snippets], join(project, 'code'), join(root, 'node_modules/@types'))
    for (const version of nodeVersions) {
      const binary = await provideNode(version)
      if (binary !== undefined) nodes.set(version, binary)
    }
  }, 900_000)

  test.for([...subpaths.map((subpath) => `imports/${subpath}`), ...snippets.map(({ path }) => path)])(
    '%s type-checks',
    (path, context) => {
      if (!isInstalled) context.skip()
      expect(compiled.errors.get(path) ?? compiled.errors.get('')).toBeUndefined()
    },
  )

  describe.each(nodeVersions)('on Node %s', (version) => {
    test.for(subpaths)('imports %s', async (subpath, context) => {
      expect(await imports(nodeOf(version, context), subpath)).toMatchObject({ exitCode: 0, stderr: '' })
    })

    test.for(snippets.filter(({ runs }) => runs))('runs the README from line $line', async (snippet, context) => {
      const run = await execute(nodeOf(version, context), [compiled.fileOf(snippet.path)], {
        cwd: project,
        withinMs: 60_000,
      })

      expect(run.exitCode, `${run.stdout}${run.stderr}`).toBe(0)
      if (snippet.output !== undefined) expect(run.stdout.trimEnd()).toBe(snippet.output.trimEnd())
    })

    test('shows the help of the command', async (context) => {
      const bin = join(project, 'node_modules/.bin/forebay')
      const run = await execute(nodeOf(version, context), [bin, '--help'], { cwd: project, withinMs: 60_000 })

      expect(run).toMatchObject({ exitCode: 0 })
    })
  })
})

function nodeOf(version: string, context: { skip(note?: string): never }): string {
  return nodes.get(version) ?? context.skip(`no Node ${version} here`)
}

function imports(node: string, subpath: string): ReturnType<typeof execute> {
  const args = ['--input-type=module', '--eval', `await import('${subpath}')`]
  return execute(node, args, { cwd: project, withinMs: 60_000 })
}
