import type { ExplainedPart, Explanation } from 'forebay'
import { EXIT, UsageError } from './errors/exit-codes.ts'
import { loadFlowFile } from './flow-file.ts'
import { parseOptions } from './parse-options.ts'

/** `forebay explain FILE`. */
export async function explainCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions({ args, options: { json: { type: 'boolean' } }, allowPositionals: true })
  const [file] = positionals
  if (file === undefined) throw new UsageError('which file?')
  const { program } = await loadFlowFile(file)
  const explanation = program.explain()
  process.stdout.write(values.json === true ? `${JSON.stringify(forJson(explanation))}\n` : text(explanation))
  return explanation.unbounded.length > 0 ? EXIT.checkNotMet : EXIT.ok
}

/** JSON has no infinity: an unbounded amount is `null`. */
function forJson(explanation: Explanation): unknown {
  return JSON.parse(JSON.stringify(explanation))
}

function text(explanation: Explanation): string {
  const header = ['part', 'kind', 'when full', 'items', 'memory at worst', 'note']
  const rows = explanation.parts.map((part) => [
    part.name,
    part.kind,
    part.policy,
    part.items === Infinity ? 'UNBOUNDED' : part.items.toLocaleString('en'),
    memory(part),
    part.note,
  ])
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  const losses =
    explanation.losses.length === 0
      ? 'Loss by policy: nowhere.'
      : `Loss by policy: ${explanation.losses.map(({ part, policy }) => `${part} (${policy})`).join(', ')}.`
  const bound =
    explanation.unbounded.length === 0
      ? `Worst case in memory: ${explanation.worstItems.toLocaleString('en')} items${explanation.worstBytes === undefined ? '' : `, ${bytes(explanation.worstBytes)}`}.`
      : `UNBOUNDED: ${explanation.unbounded.join(', ')}.`
  return [explanation.flow, '', line(header), ...rows.map(line), '', bound, losses, ''].join('\n')
}

function memory(part: ExplainedPart): string {
  if (part.durable) return `on disk, ${bytes(part.bytes ?? 0)}`
  if (part.items === Infinity) return 'UNBOUNDED'
  return part.bytes === undefined ? `${part.items.toLocaleString('en')} × item` : bytes(part.bytes)
}

function bytes(count: number): string {
  if (count >= 1024 ** 3) return `${(count / 1024 ** 3).toFixed(1)} GiB`
  if (count >= 1024 ** 2) return `${(count / 1024 ** 2).toFixed(1)} MiB`
  return `${(count / 1024).toFixed(1)} KiB`
}
