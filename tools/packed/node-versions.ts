import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execute } from '../execute.ts'
import { recordSkip } from '../services/skips.ts'

/** One release of each Node line that we support; the packages `node-<platform>-<arch>` on npm hold the binaries. */
export const nodeVersions = ['20.20.2', '22.23.3', '24.9.0', '26.10.0'] as const

const cache = join(import.meta.dirname, '../../node_modules/.cache/forebay/node')

/**
 * A Node binary of the line of `version`: the one that runs us when it is of that line, else one kept in the cache,
 * else one that npm fetches into the cache. Undefined, with a skip noted, where npm cannot.
 */
export async function provideNode(version: string): Promise<string | undefined> {
  const line = (of: string) => of.split('.')[0]
  if (line(process.versions.node) === line(version)) return process.execPath
  const name = `node-${process.platform}-${process.arch}`
  const folder = join(cache, version)
  const binary = join(folder, 'node_modules', name, process.platform === 'win32' ? 'bin/node.exe' : 'bin/node')
  if (existsSync(binary)) return binary
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }))
  const args = ['install', '--no-save', '--ignore-scripts', '--prefer-offline', `${name}@${version}`]
  const { exitCode, stderr } = await execute('npm', args, { cwd: folder, withinMs: 300_000 })
  if (exitCode === 0) return binary
  recordSkip({
    what: `packed on Node ${version}`,
    reason: reasonOf(stderr),
    command: `npm install --no-save --prefix ${folder} ${name}@${version}`,
  })
  return undefined
}

/** Why npm failed, in one line of its output. */
export function reasonOf(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.startsWith('npm error'))
  return `npm could not install it (${lines[0]?.replace('npm error ', '') ?? 'no reason given'})`
}
