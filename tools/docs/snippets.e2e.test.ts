import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { compile } from './compile.ts'
import type { Compiled } from './compile.ts'
import { execute } from '../execute.ts'
import { npmScriptsIn } from './npm-scripts.ts'
import { pagesOf } from './pages.ts'
import { checkedOf, snippetsOf } from './snippets.ts'
import type { Checked } from './snippets.ts'

/**
 * Every `ts`, `js` and `sh` block of every page, in the order of the page and in one empty folder per page.
 * Line numbers of failures are those of the page.
 */
const root = join(import.meta.dirname, '../..')
const scratch = join(root, 'out/snippets')
const pages = pagesOf(root).map((page) => ({ page, blocks: read(page) }))
const scripts = Object.keys((JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest).scripts)
let compiled: Compiled

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>
}

function read(page: string): readonly Checked[] {
  try {
    return checkedOf(snippetsOf(readFileSync(join(root, page), 'utf8')))
  } catch (error) {
    throw new Error(`${page}: ${(error as Error).message}`, { cause: error })
  }
}

const pathOf = (page: string, block: Checked) => `${page.replace(/\.md$/, '')}/L${block.line}`

beforeAll(async () => {
  expect(existsSync(join(root, 'packages/forebay/dist/index.js')), 'run `npm run build` first').toBe(true)
  const sources = pages.flatMap(({ page, blocks }) =>
    blocks
      .filter((block) => block.language !== 'sh')
      .map((block) => ({
        path: pathOf(page, block),
        language: block.language === 'ts' ? ('ts' as const) : ('js' as const),
        text: block.source,
      })),
  )
  compiled = await compile(sources, scratch, join(root, 'node_modules/@types'))
})

describe.each(pages.filter(({ blocks }) => blocks.length > 0))('$page', ({ page, blocks }) => {
  const folder = join(scratch, 'run', page.replaceAll('/', '-'))

  beforeAll(() => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
  })

  test.each(blocks)('the $language block at line $line holds', async (block) => {
    if (block.language === 'sh') await checkShell(block, folder)
    else await checkModule(pathOf(page, block), block, folder)
  })
})

async function checkModule(path: string, block: Checked, folder: string): Promise<void> {
  expect(compiled.errors.get(path) ?? compiled.errors.get('')).toBeUndefined()
  if (block.tags.includes('no-run')) return
  expectOutput(block, await execute(process.execPath, [compiled.fileOf(path)], { cwd: folder, withinMs: 60_000 }))
}

async function checkShell(block: Checked, folder: string): Promise<void> {
  for (const name of npmScriptsIn(block.code)) expect(scripts, `npm script '${name}'`).toContain(name)
  const only = block.tags.includes('no-run') ? ['-n'] : []
  const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}` }
  const cwd = block.tags.includes('repo') ? root : folder
  const run = await execute('bash', [...only, '-euo', 'pipefail', '-c', block.code], { cwd, env, withinMs: 120_000 })
  expectOutput(only.length > 0 ? { ...block, output: undefined } : block, run)
}

function expectOutput(block: Checked, run: { exitCode: number | null; stdout: string; stderr: string }): void {
  expect(run.exitCode, `exit code; it printed:\n${run.stdout}\n${run.stderr}`).toBe(0)
  if (block.output !== undefined) expect(run.stdout.trimEnd()).toBe(block.output.trimEnd())
}
