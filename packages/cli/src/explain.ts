import type { ExplainedPart, Explanation } from 'forebay'
import { deadlocksOf, worstCase, type PlanDeadlock, type WorstCase } from 'forebay/observe'
import { EXIT, UsageError } from './errors/exit-codes.ts'
import { loadFlowFile } from './flow-file.ts'
import { parseOptions } from './parse-options.ts'
import { inBytes, textTable } from './text-table.ts'

/** `forebay explain FILE`. */
export async function explainCommand(args: string[]): Promise<number> {
  const options = { json: { type: 'boolean' }, 'item-bytes': { type: 'string' } } as const
  const { values, positionals } = parseOptions({ args, options, allowPositionals: true })
  const [file] = positionals
  if (file === undefined) throw new UsageError('which file?')
  const { program } = await loadFlowFile(file)
  const explanation = program.explain()
  const worst = worstOf(explanation, values['item-bytes'])
  const deadlocks = deadlocksOf(program)
  const shown =
    values.json === true ? json({ ...explanation, worstCase: worst, deadlocks }) : text(explanation, worst, deadlocks)
  process.stdout.write(shown)
  const isRefused = explanation.unbounded.length > 0 || deadlocks.some(({ isCertain }) => isCertain)
  return isRefused ? EXIT.checkNotMet : EXIT.ok
}

function worstOf(explanation: Explanation, itemBytes: string | undefined): WorstCase {
  try {
    const asNumber = Number(itemBytes)
    const size = Number.isFinite(asNumber) ? asNumber : (itemBytes as `${number}KiB`)
    return worstCase(explanation, itemBytes === undefined ? {} : { itemBytes: size })
  } catch (error) {
    throw new UsageError(`--item-bytes: ${(error as Error).message}`)
  }
}

/** JSON has no infinity: an unbounded amount is `null`. */
function json(value: unknown): string {
  return `${JSON.stringify(value)}\n`
}

function text(explanation: Explanation, worst: WorstCase, deadlocks: readonly PlanDeadlock[]): string {
  const header = ['part', 'kind', 'when full', 'items', 'memory at worst', 'note']
  const rows = explanation.parts.map((part, index) => [
    part.name,
    part.kind,
    part.policy,
    part.items === Infinity ? 'UNBOUNDED' : part.items.toLocaleString('en'),
    memory(part, worst.parts[index]?.bytes ?? 0),
    part.note,
  ])
  const losses =
    explanation.losses.length === 0
      ? 'Loss by policy: nowhere.'
      : `Loss by policy: ${explanation.losses.map(({ part, policy }) => `${part} (${policy})`).join(', ')}.`
  const notes = deadlocks.map(({ sentence }) => `${(sentence[0] as string).toUpperCase()}${sentence.slice(1)}`)
  return [explanation.flow, '', ...textTable(header, rows), '', bound(explanation, worst), losses, ...notes, ''].join(
    '\n',
  )
}

function bound({ unbounded, worstItems }: Explanation, worst: WorstCase): string {
  if (unbounded.length > 0) return `UNBOUNDED: ${unbounded.join(', ')}.`
  const assumed = worst.assumedBytes > 0 ? ` (~: an item counted as ${inBytes(worst.itemBytes)}; --item-bytes)` : ''
  const inner = worst.inner.map(
    ({ part, flows }) => `, and what the flows inside ${part} hold (at most ${flows} at once)`,
  )
  return `Worst case in memory: ${worstItems.toLocaleString('en')} items, ${inBytes(worst.bytes)}${assumed}${inner.join('')}.`
}

function memory(part: ExplainedPart, worst: number): string {
  if (part.durable) return `on disk, ${inBytes(worst)}`
  if (part.items === Infinity) return 'UNBOUNDED'
  return part.bytes === undefined ? `~ ${inBytes(worst)}` : inBytes(worst)
}
