import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolders } from '../packages.ts'

/** Paths of all Markdown pages whose code must hold, from the root: its own pages, those of the packages, and docs. */
export function pagesOf(root: string): string[] {
  const own = readdirSync(root).filter((name) => name.endsWith('.md') && name !== 'CHANGELOG.md')
  const ofPackages = packageFolders()
    .map((name) => `packages/${name}/README.md`)
    .filter((path) => existsSync(join(root, path)))
  const docs = existsSync(join(root, 'docs'))
    ? readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.md'))
        .map((path) => `docs/${path}`)
    : []
  return [...own, ...ofPackages, ...docs].toSorted()
}
