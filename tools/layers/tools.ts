import { join } from 'node:path'
import { execute } from '../execute.ts'

const bin = join(import.meta.dirname, '../../node_modules')

/** Rules or error codes that a tool reported, by file from the root of what it looked at. */
export type Findings = ReadonlyMap<string, ReadonlySet<string>>

/** What oxlint reports about all files below `folder`. */
export async function lint(folder: string): Promise<Findings> {
  const args = [join(bin, 'oxlint/bin/oxlint'), '--type-aware', '-f', 'json', 'packages', 'examples']
  const { stdout, stderr } = await execute(process.execPath, args, { cwd: folder, withinMs: 60_000 })
  if (!stdout.trimStart().startsWith('{')) throw new Error(`oxlint did not report: ${stdout}${stderr}`)
  const report = JSON.parse(stdout) as { diagnostics: { filename: string; code: string }[] }
  return collect(report.diagnostics.map(({ filename, code }) => [filename, code.replace(/^.*\((.*)\)$/, '$1')]))
}

/** What the compiler reports about the project in `folder/path`, without building what it refers to. */
export function typecheck(folder: string, path: string): Promise<Findings> {
  return compiler(folder, ['-p', path, '--noEmit'])
}

/** What the compiler reports when it builds all projects of `folder`. */
export function build(folder: string): Promise<Findings> {
  return compiler(folder, ['-b'])
}

async function compiler(folder: string, args: readonly string[]): Promise<Findings> {
  const { stdout } = await execute(process.execPath, [join(bin, 'typescript/bin/tsc'), ...args, '--pretty', 'false'], {
    cwd: folder,
    withinMs: 60_000,
  })
  const lines = stdout.split('\n').flatMap((line) => {
    const match = /^(?:(.+)\(\d+,\d+\): )?error (TS\d+):/.exec(line)
    return match === null ? [] : [[match[1] ?? '', match[2] ?? ''] as const]
  })
  return collect(lines)
}

function collect(findings: readonly (readonly [string, string])[]): Findings {
  const byFile = new Map<string, Set<string>>()
  for (const [file, code] of findings) byFile.set(file, (byFile.get(file) ?? new Set()).add(code))
  return byFile
}
