import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execute } from '../execute.ts'
import { packageFolders } from '../packages.ts'

const root = join(import.meta.dirname, '../..')

export interface PackedPackage {
  readonly name: string
  /** What a user can import, as written in an import. */
  readonly subpaths: readonly string[]
  /** Optional peers with the exact version that we test against. */
  readonly peers: readonly string[]
}

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** All packages of the repository and what they export, from their manifests: the list grows by itself. */
export function packages(): PackedPackage[] {
  return packageFolders().map((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')) as Manifest
    const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== './package.json')
    const peers = Object.keys(manifest.peerDependencies ?? {})
    return {
      name: manifest.name,
      subpaths: subpaths.map((subpath) => manifest.name + subpath.slice(1)),
      peers: peers.map((peer) => `${peer}@${manifest.devDependencies?.[peer] ?? manifest.peerDependencies?.[peer]}`),
    }
  })
}

/** An empty project in a new folder outside the repository, so that nothing is found by climbing up. */
export function emptyProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-packed-'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  return folder
}

/** Packs every package as it would be published. Returns the paths of the tarballs. */
export async function packAll(project: string): Promise<string[]> {
  const into = join(project, 'tarballs')
  mkdirSync(into)
  const chosen = packageFolders().flatMap((folder) => ['--workspace', `packages/${folder}`])
  const run = await execute('npm', ['pack', '--pack-destination', into, ...chosen], { cwd: root, withinMs: 120_000 })
  if (run.exitCode !== 0) throw new Error(`npm pack failed:\n${run.stderr}`)
  return readdirSync(into).map((name) => join(into, name))
}

/** Installs into the project without running install scripts: everything of ours must work prebuilt. */
export function install(project: string, what: readonly string[]): ReturnType<typeof execute> {
  return execute('npm', ['install', '--ignore-scripts', '--prefer-offline', ...what], {
    cwd: project,
    withinMs: 300_000,
  })
}
